"""One stack for all the tests of this folder, on the engine of DOCKER_HOST, with a site in its network."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trustme

from lab import compose
from lab.compose import ROOT, NoEngine, Stack, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SUBNET = "203.0.113.0/24"  # TEST-NET-3: no network of anybody's can be in the way
NAME = "pith.example.org"  # as in deploy/nginx.conf
SITE = "http://site:8080"
ENDS_IN = 90.0  # s, for the largest batch


@dataclass
class Pith:
    """The stack as its user sees it."""

    stack: Stack
    proxy_port: int
    authority: Path  # PEM

    def shell(self, lines: str) -> str:
        """What the lines print, typed by somebody who has this stack's folder and no other docker-compose."""
        return self.stack.run("bash", "-euc", lines.replace("docker-compose", " ".join(self.stack.command)))

    def batch(self, name: str, pages: int, wait: float) -> str:
        """Submit pages that the site answers after `wait` seconds; the id of the batch."""
        urls = [f"{SITE}/page/{name}-{number}?wait={wait}" for number in range(pages)]
        with self.stack.client() as client:
            answer = client.post("/v1/batches", json={"urls": urls})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def counts(self, batch: str) -> dict[str, int]:
        """How many of its jobs stand where."""
        with self.stack.client() as client:
            answer = client.get(f"/v1/batches/{batch}")
        assert answer.is_success, answer.text
        counts: dict[str, int] = answer.json()["counts"]
        return counts

    def under_way(self, batch: str, done: int) -> None:
        """Wait until `done` jobs are done, and see that not all are."""
        until(lambda: self.counts(batch)["done"] >= done, ENDS_IN)
        assert self.counts(batch)["done"] < self.counts(batch)["total"]

    def all_done_once(self, batch: str, name: str) -> None:
        """Wait for the end; every page is there, with its own text, and each was counted once."""
        until(lambda: self.ended(batch), ENDS_IN)
        counts = self.counts(batch)
        assert counts["done"] == counts["total"], counts
        results = self.results(batch)
        texts = [job["page"]["text"] for job in results]
        assert len({job["id"] for job in results}) == len(results) == counts["total"]
        for number in range(counts["total"]):
            assert any(f"page number {name}-{number} that" in text for text in texts), number

    def ended(self, batch: str) -> bool:
        counts = self.counts(batch)
        return counts["queued"] == counts["running"] == 0

    def results(self, batch: str) -> list[dict[str, Any]]:
        """All results, page by page of the answer."""
        with self.stack.client() as client:
            answer = client.get(f"/v1/batches/{batch}/results")
            assert answer.is_success, answer.text
            return [httpx.Response(200, text=line).json() for line in answer.text.splitlines()]

    def scale(self, workers: int) -> None:
        """As many workers, all beating."""
        self.stack.compose("up", "-d", "--scale", f"worker={workers}", "--no-recreate")
        until(lambda: self.workers() >= workers)

    def workers(self) -> int:
        """How many beat."""
        answer = httpx.get(f"http://127.0.0.1:{self.stack.port}/readyz", trust_env=False)
        return int(answer.json()["workers"])

    def health(self, service: str) -> list[str]:
        """What its containers' health checks say."""
        form = "{{.State.Health.Status}}"
        return self.stack.docker("inspect", "-f", form, *self.stack.containers(service)).split()


def until(look: Callable[[], bool], within: float = 30.0) -> None:
    """Wait until `look` says yes."""
    deadline = time.monotonic() + within
    while not look():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def pith(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pith]:
    """The stack, up. Taken down with all that belongs to it, whatever happens."""
    proxy, proxy_port = proxy_context(tmp_path_factory.mktemp("proxy")), free_port()
    settings = {
        "PROXY_CONTEXT": str(proxy),
        "PROXY_PORT": str(proxy_port),
        "SUBNET": SUBNET,
        "PITH_ALLOW_NETWORKS": SUBNET,
        "PITH_CONCURRENCY": "8",  # so that a batch lasts
        "PITH_LEASE": "5",
    }
    try:
        with compose.stack(("tests/compose/around.yml",), settings) as stack:
            stack.compose("up", "-d")
            stack.ready()
            yield Pith(stack, proxy_port, proxy / "authority.pem")
    except NoEngine as none:
        pytest.skip(f"no docker-compose here: {none}")


def proxy_context(folder: Path) -> Path:
    """What the proxy is built from: deploy/nginx.conf but for the API's address, and a certificate."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate = authority.issue_cert(NAME)
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    shutil.copy(HERE / "proxy" / "Dockerfile", folder)
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    (folder / "pith.conf").write_text(conf.replace("http://127.0.0.1:8000", "http://api:8000"))
    return folder
