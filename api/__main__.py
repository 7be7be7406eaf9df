"""`python -m api`: the API alone, on the Redis of REDIS_URL. `python -m api --standalone`: all of Pith.
`python -m api keys`: keys with names.
"""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

import structlog

from api import issuing, keys
from api.listen import AddressUnusable, bound
from api.standalone import supervisor
from api.standalone.failure import StartFailed
from config import logs
from config import settings as config
from worker.jobs.connection import RedisUnusable

log = structlog.get_logger(__name__)

BAD_START = (config.SettingsError, keys.KeyFileError, AddressUnusable, RedisUnusable, StartFailed)


def positive(text: str) -> int:
    """An int of at least 1."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def parser() -> argparse.ArgumentParser:
    """The command line."""
    line = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    line.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    line.add_argument("--port", type=int, default=8000, help="port to listen on, 0 for any (%(default)s)")
    line.add_argument("--data", type=Path, default=Path("data"), help="folder of the key file and the jobs")
    line.add_argument("--standalone", action="store_true", help="run Valkey and the workers too")
    line.add_argument("--workers", type=positive, default=1, help="worker processes, with --standalone (1)")
    line.add_argument("--fd", type=int, help=argparse.SUPPRESS)  # the supervisor's listening socket
    return line


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code. Whatever is wrong with the start is said in one line."""
    words = sys.argv[1:] if arguments is None else arguments
    issues = words[:1] == ["keys"]
    given = issuing.parser().parse_args(words[1:]) if issues else parser().parse_args(words)
    try:
        settings = config.load()
        logs.configure(settings)
        if issues:
            return issuing.run(settings, given)
        if given.standalone:
            return supervisor.run(settings, plan(given))
        serve(settings, given)
    except BAD_START as wrong:
        print(f"pith: {wrong}", file=sys.stderr)
        return 1
    return 0


def serve(settings: config.Settings, given: argparse.Namespace) -> None:
    """The API alone."""
    listener = bound(given.host, given.port) if given.fd is None else socket.socket(fileno=given.fd)
    from api import server  # the web framework: what is wrong with the arguments is said before it loads

    with listener:
        wanted = keys.load(settings, given.host, given.data)
        if wanted.wanted and given.fd is None:  # the supervisor says it by itself
            path = keys.key_path(settings, given.data)
            log.info("an API key is wanted", it_is_in=str(path or "PITH_API_KEYS"))
        server.run(settings, wanted, listener)


def plan(given: argparse.Namespace) -> supervisor.Plan:
    """What the supervisor is to run."""
    return supervisor.Plan(given.host, given.port, given.data, given.workers)


if __name__ == "__main__":
    sys.exit(main())
