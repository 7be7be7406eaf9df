"""One worker, with the settings of the environment (config/settings.py), until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from config import logs, words
from config.settings import Settings, SettingsError, load
from worker.jobs.connection import RedisUnusable, check, connect
from worker.sites.load import load as load_sites

if TYPE_CHECKING:
    from worker.sites.rule import Sites


def main() -> int:
    """0 when told to stop, 1 when Redis will not do, 2 when a setting is wrong."""
    argparse.ArgumentParser(prog="python -m worker", description=__doc__).parse_args()
    try:
        settings = load()
        logs.configure(settings)
        sites = load_sites(settings)
        if settings.phrases_dir:
            words.read_own(settings.phrases_dir)  # what is wrong with them is said here, not by each child
        asyncio.run(_check(settings))
        _work(settings, sites)
    except (SettingsError, RedisUnusable) as error:
        print(f"pith worker: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    return 0


def _work(settings: Settings, sites: Sites | None) -> None:
    from worker.runner.rq_worker import PithWorker  # after the checks: it loads much

    PithWorker(settings, sites=sites).work()


async def _check(settings: Settings) -> None:
    redis = connect(settings)
    try:
        await check(redis, settings)
    finally:
        await redis.aclose()


if __name__ == "__main__":
    sys.exit(main())
