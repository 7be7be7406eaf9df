"""docker-compose up, driven and measured on the engine of DOCKER_HOST.

    python -m lab.compose      size of the image, time from `up` to an answer, memory when idle

Every stack has a project name, an image, ports and volumes of its own, and is taken down with all of them.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from lab import missing
from lab.missing import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
BASE = "python:3.13-slim"
PATIENCE = 60.0  # s, for a stack to answer
SETTLES_IN = 15.0  # s, after which the stack is called idle
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
PAGE = f"<body><article><h1>Bridge</h1>{'<p>The old bridge will be closed for two years.</p>' * 9}</article>"


class NoEngine(MissingError):  # noqa: N818  (named for what happened)
    """There is no Docker engine or no docker-compose; the message is one line."""


def compose_command() -> list[str]:
    """docker-compose, or docker's plugin. Raises NoEngine."""
    if shutil.which("docker") is None:
        raise NoEngine("no docker on PATH")
    command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    for probe in (["docker", "info"], [*command, "version"]):
        if subprocess.run(probe, capture_output=True, check=False).returncode:
            raise NoEngine(f"`{' '.join(probe)}` fails (DOCKER_HOST={os.environ.get('DOCKER_HOST', '')})")
    return command


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Stack:
    """One docker-compose project; `files` come on top of docker-compose.yml, `settings` are variables."""

    files: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    project: str = field(default_factory=lambda: f"pithlab{secrets.token_hex(3)}")
    port: int = field(default_factory=free_port)
    command: list[str] = field(default_factory=compose_command)

    @property
    def image(self) -> str:
        return f"{self.project}/pith"

    @property
    def environment(self) -> dict[str, str]:
        """What a shell needs in which one types docker-compose lines for this stack."""
        ours = ("PITH_", "COMPOSE_", "REDIS_", "WORKER_", "API_", "BIND", "PORT", "IMAGE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {
            **kept,
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_FILE": os.pathsep.join(("docker-compose.yml", *self.files)),
            "IMAGE": self.image,
            "PORT": str(self.port),
            **self.settings,
        }

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command in the project's folder; what it printed. Raises RuntimeError with its last words."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {(done.stderr or done.stdout)[-2000:]}")
        return done.stdout

    def compose(self, *arguments: str, check: bool = True) -> str:
        return self.run(*self.command, *arguments, check=check)

    def docker(self, *arguments: str, check: bool = True) -> str:
        return self.run("docker", *arguments, check=check)

    def containers(self, service: str) -> list[str]:
        """Ids of the service's running containers."""
        return self.compose("ps", "-q", service).split()

    def key(self) -> str:
        """The API key that the first start made."""
        return self.compose("exec", "-T", "api", "cat", "/data/api-key").strip()

    def client(self) -> httpx.Client:
        """A client of the API, with its key. The stack must be up."""
        headers = {"Authorization": f"Bearer {self.key()}"}
        url = f"http://127.0.0.1:{self.port}"
        return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30)

    def ready(self) -> None:
        """Wait until the API answers and a worker beats. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise TimeoutError(f"not ready after {PATIENCE:.0f} s: {self.compose('logs', '--tail=20')}")

    def remove(self) -> None:
        """Everything of this stack: containers, network, volumes, images."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "2", check=False)
        images = self.docker("images", "-q", f"{self.image}*", check=False).split()
        if images:
            self.docker("rmi", "--force", *sorted(set(images)), check=False)


@contextmanager
def stack(files: tuple[str, ...] = (), settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """A stack that is built, not started, and removed at the end. Raises NoEngine."""
    made = Stack(files, dict(settings or {}))
    try:
        made.compose("build")
        yield made
    finally:
        made.remove()


def image_bytes(stack: Stack) -> int:
    """Size of the image over its base."""
    ours, base = (
        int(stack.docker("image", "inspect", "-f", "{{.Size}}", name)) for name in (stack.image, BASE)
    )
    return ours - base


def first_answer(stack: Stack) -> float:
    """Seconds from `up` to the first page cleaned."""
    started = time.monotonic()
    stack.compose("up", "-d")
    stack.ready()
    clean_one(stack)
    return time.monotonic() - started


def clean_one(stack: Stack) -> None:
    """A page sent along with its job: needs no network."""
    with stack.client() as client:
        answer = client.post("/v1/clean", json={"html": PAGE}, headers={"Prefer": "wait=20"})
    if answer.json().get("status") != "done":
        raise RuntimeError(answer.text)


def memory(stack: Stack) -> dict[str, int]:
    """Bytes that each service uses, as `docker stats` has it (without the cache of files)."""
    found = {}
    for service in ("redis", "api", "worker"):
        (container,) = stack.containers(service)
        line = stack.docker("stats", "--no-stream", "--format", "{{json .}}", container)
        found[service] = size(json.loads(line)["MemUsage"].partition("/")[0])
    return found


def size(text: str) -> int:
    """Bytes of "45.7MiB"."""
    match = re.fullmatch(r"([\d.]+)([KMG]?i?B)", text.strip())
    if match is None:
        raise ValueError(text)
    return int(float(match[1]) * UNITS[match[2]])


def main() -> int:
    """Print the table."""
    with stack() as ours:
        report(ours)
    return 0


def report(stack: Stack) -> None:
    """One line a figure."""
    print(f"| image over its base ({BASE}) | {image_bytes(stack) / 1e6:.0f} MB |")
    first = first_answer(stack)
    stack.compose("down")
    again = first_answer(stack)
    print(f"| `up` to first page cleaned | first start {first:.1f} s, again {again:.1f} s |")
    time.sleep(SETTLES_IN)
    used = {service: bytes_ / 2**20 for service, bytes_ in memory(stack).items()}
    parts = ", ".join(f"{service} {mib:.0f}" for service, mib in used.items())
    print(f"| idle stack, one page cleaned | {sum(used.values()):.0f} MiB ({parts}) |")


if __name__ == "__main__":
    sys.exit(missing.told(main))
