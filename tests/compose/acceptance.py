"""docker-compose as its users use it, in their order: up, use, scale, kill, restart, down, upgrade, proxy.

Not collected by `make test`, for its name: `make test-compose` runs it.
"""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from lab.compose import ROOT
from tests.compose.conftest import NAME, SITE, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compose.conftest import Pith

pytestmark = pytest.mark.timeout(300)

# Blocks of Markdown, fenced or indented.
BLOCK = re.compile(r"^```sh\n(.*?)^```|((?:^    [^\n]*\n)+)", re.MULTILINE | re.DOTALL)
READMES = [path for path in (ROOT / "README.md", ROOT / "deploy" / "README.md") if path.exists()]
PAGES = 300
WAIT = {"Prefer": "wait=20"}


def blocks(words: str) -> list[str]:
    """The blocks of our READMEs in which these words stand, as they are to be typed."""
    found = [block[1] or block[2] for readme in READMES for block in BLOCK.finditer(readme.read_text())]
    return [block for block in found if words in block]


def test_it_comes_up_healthy_without_any_setting_of_its_users(pith: Pith) -> None:
    for service in ("redis", "api", "worker"):
        until(lambda service=service: pith.health(service) == ["healthy"])  # type: ignore[misc]


def test_the_lines_of_the_readmes_work_as_printed(pith: Pith) -> None:
    asking = blocks("cat /data/api-key")
    assert asking
    for lines in asking:
        there = lines.replace("https://example.com/", f"{SITE}/page/readme")
        said = pith.shell(there.replace(":8000", f":{pith.stack.port}"))
        assert '"status":"done"' in said
        assert "page number readme that" in said
        assert "cookies to improve" not in said


def test_the_log_says_where_the_key_lies_and_not_what_it_is(pith: Pith) -> None:
    said = pith.stack.compose("logs", "--no-color")
    assert "/data/api-key" in said
    assert pith.stack.key() not in said


def test_nobody_comes_in_without_the_key(pith: Pith) -> None:
    with pith.stack.client() as client:
        del client.headers["Authorization"]
        assert client.post("/v1/jobs", json={"url": f"{SITE}/page/x"}).status_code == 401


def test_a_named_key_is_made_and_revoked_while_it_runs(pith: Pith) -> None:
    def keys(*words: str) -> str:
        return pith.stack.compose("exec", "-T", "api", "python", "-m", "api", "keys", *words).strip()

    with pith.stack.client() as client:

        def status() -> int:
            return client.get("/v1/jobs/x").status_code

        key = keys("add", "laptop")
        client.headers["Authorization"] = f"Bearer {key}"
        until(lambda: status() == 404)
        assert keys("list").split()[0] == "laptop"
        keys("revoke", "laptop")
        until(lambda: status() == 401)
    assert key not in pith.stack.compose("logs", "--no-color")


def test_only_the_api_is_published_and_only_on_this_machine(pith: Pith) -> None:
    published = {
        service: pith.stack.docker("port", *pith.stack.containers(service)).strip()
        for service in ("redis", "api", "worker")
    }
    assert published == {"redis": "", "api": f"8000/tcp -> 127.0.0.1:{pith.stack.port}", "worker": ""}


@pytest.mark.parametrize("service", ["redis", "api", "worker"])
def test_nothing_runs_as_root_or_can_write_to_its_image(pith: Pith, service: str) -> None:
    def inside(script: str) -> str:
        return pith.stack.compose("exec", "-T", service, "sh", "-c", script)

    assert inside("id -u").strip() != "0"
    assert inside("touch /srv/x /usr/x 2>/dev/null || echo refused").strip() == "refused"
    status = inside("cat /proc/1/status")
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)


def test_there_is_no_compiler_and_no_pip_in_the_image(pith: Pith) -> None:
    found = pith.stack.compose("exec", "-T", "api", "sh", "-c", "ls /opt/pith/bin; command -v gcc cc || true")
    assert "python" in found
    assert not re.search(r"\b(pip|gcc|cc)\b", found)


def test_a_page_is_fetched_from_an_allowed_network_only(pith: Pith) -> None:
    with pith.stack.client() as client:
        client.headers.update(WAIT)
        allowed = client.post("/v1/jobs", json={"url": f"{SITE}/page/1"}).json()
        refused = client.post("/v1/jobs", json={"url": "http://127.0.0.1:8000/healthz"}).json()
    assert allowed["status"] == "done"
    assert allowed["page"]["removed"]["consent"]["words"] > 0
    assert (refused["status"], refused["error"]["code"]) == ("failed", "blocked_address")


def test_a_worker_that_is_killed_in_the_middle_of_a_batch_loses_nothing(pith: Pith) -> None:
    pith.scale(4)
    batch = pith.batch("killed", PAGES, wait=1)
    pith.under_way(batch, done=PAGES // 6)
    pith.stack.docker("kill", pith.stack.containers("worker")[0])
    pith.all_done_once(batch, "killed")
    assert any(job["attempts"] > 1 for job in pith.results(batch))  # what it had in flight


# Memory runs out in the worker's container, and the kernel is told that the worker should be the one to go.
VICTIM = """
for process in /proc/[0-9]*; do
    case $(tr '\\0' ' ' <$process/cmdline) in "python -m worker "*) echo 1000 >$process/oom_score_adj ;; esac
done
exec python -c 'bytearray(3 << 30)'
"""


def test_a_worker_that_is_out_of_memory_is_started_again_and_loses_nothing(pith: Pith) -> None:
    pith.scale(1)
    batch = pith.batch("memory", 40, wait=1)
    pith.under_way(batch, done=4)
    (worker,) = pith.stack.containers("worker")
    pith.stack.docker("exec", worker, "sh", "-c", VICTIM, check=False)
    until(lambda: pith.stack.docker("inspect", "-f", "{{.RestartCount}}", worker).strip() == "1")
    pith.all_done_once(batch, "memory")


def test_redis_can_be_started_again_in_the_middle_of_a_batch(pith: Pith) -> None:
    batch = pith.batch("redis", 60, wait=1)
    pith.under_way(batch, done=8)
    pith.stack.compose("restart", "redis")
    pith.all_done_once(batch, "redis")


def test_down_and_up_keep_the_key_the_jobs_and_their_results(pith: Pith) -> None:
    earlier = pith.batch("earlier", 3, wait=0)
    pith.all_done_once(earlier, "earlier")
    key, batch = pith.stack.key(), pith.batch("down", 60, wait=1)
    pith.under_way(batch, done=8)
    pith.stack.compose("down")
    pith.stack.compose("up", "-d")
    pith.stack.ready()
    assert pith.stack.key() == key
    pith.all_done_once(batch, "down")
    pith.all_done_once(earlier, "earlier")


def test_an_upgrade_of_the_image_with_jobs_in_flight_loses_none(pith: Pith) -> None:
    def images() -> set[str]:
        both = pith.stack.containers("api") + pith.stack.containers("worker")
        return set(pith.stack.docker("inspect", "-f", "{{.Image}}", *both).split())

    before, batch = images(), pith.batch("upgrade", 60, wait=1)
    pith.under_way(batch, done=8)
    pith.stack.compose("build", "--build-arg", "REVISION=next")
    pith.stack.compose("up", "-d")
    pith.stack.ready()
    assert len(images()) == 1
    assert not images() & before
    pith.all_done_once(batch, "upgrade")
    pith.stack.docker("rmi", *before)


def test_what_was_backed_up_as_the_readme_says_is_there_in_a_new_stack(pith: Pith, tmp_path: Path) -> None:
    (backup,), (restore,) = (blocks(words) for words in (">pith-key.tar", "<pith-key.tar"))
    batch, key = pith.batch("backup", 5, wait=0), pith.stack.key()
    pith.all_done_once(batch, "backup")
    pith.shell(backup.replace("pith-", f"{tmp_path}/pith-"))
    pith.stack.compose("down", "--volumes")
    pith.shell(restore.replace("pith-", f"{tmp_path}/pith-"))
    pith.stack.ready()
    assert pith.stack.key() == key
    pith.all_done_once(batch, "backup")


@pytest.mark.parametrize("folder", ["", "/pith"])
def test_behind_a_proxy_with_tls_every_link_leads_somewhere(pith: Pith, folder: str) -> None:
    pith.stack.settings["PITH_ROOT_PATH"] = folder
    pith.stack.compose("up", "-d")
    pith.stack.ready()
    origin = f"https://{NAME}:{pith.proxy_port}"
    with through_the_proxy(pith) as client:
        headers = {**WAIT, "Origin": origin}
        answer = client.post(f"{folder}/v1/jobs", json={"url": f"{SITE}/page/proxy"}, headers=headers)
        job = answer.json()
        assert job["status"] == "done", job
        assert answer.headers["Location"] == f"{folder}/v1/jobs/{job['id']}"
        for link in (answer.headers["Location"], *job["links"].values()):
            assert client.get(link).status_code == 200, link
        assert client.get(f"{folder}/openapi.json").status_code == 200
        assert client.get(f"{folder}/docs").status_code == 200


def test_behind_a_proxy_a_foreign_page_is_still_refused(pith: Pith) -> None:
    folder = pith.stack.settings["PITH_ROOT_PATH"]
    with through_the_proxy(pith) as client:
        body = {"url": f"{SITE}/page/foreign"}
        answer = client.post(f"{folder}/v1/jobs", json=body, headers={"Origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_rules_of_the_operators_are_obeyed_and_a_folder_that_cannot_be_read_is_named(
    pith: Pith, tmp_path: Path
) -> None:
    (tmp_path / "quay.toml").write_text('hosts = ["quay.example"]\nwhy = "a test"\ndrop = ["p.note"]\n')
    tmp_path.chmod(0o755)
    pith.stack.settings |= {"RULES": str(tmp_path), "PITH_SITES_DIR": "/rules"}
    pith.stack.compose("up", "-d")
    pith.stack.ready()
    page = "<article><h1>Crane</h1><p>The old crane comes down.</p><p class=note>A note.</p></article>"
    with pith.stack.client() as client:
        body = {"html": page, "url": "https://quay.example/crane", "explain": True}
        job = client.post("/v1/clean", json=body, headers=WAIT).json()
    assert "site:quay.example: p.note" in [receipt["rule"] for receipt in job["page"]["receipts"]]
    tmp_path.chmod(0o700)
    pith.stack.compose("restart", "worker")
    until(lambda: "PITH_SITES_DIR='/rules': Permission denied" in pith.stack.compose("logs", "worker"), 60)
    tmp_path.chmod(0o755)
    pith.stack.ready()


def through_the_proxy(pith: Pith) -> httpx.Client:
    """A client that has deploy/nginx.conf's name for the proxy on this machine."""
    headers = {"Authorization": f"Bearer {pith.stack.key()}", "Host": f"{NAME}:{pith.proxy_port}"}
    tls = ssl.create_default_context(cafile=str(pith.authority))
    tls.check_hostname = False  # it is asked for by its address
    url = f"https://127.0.0.1:{pith.proxy_port}"
    return httpx.Client(base_url=url, headers=headers, verify=tls, trust_env=False, timeout=30)
