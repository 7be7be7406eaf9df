"""`python -m tests.runner.misbehaving_worker`: a worker whose cleaner does what the page says."""

from __future__ import annotations

from config import logs
from config.settings import load
from tests.runner import misbehaving
from worker.runner.rq_worker import PithWorker

if __name__ == "__main__":
    settings = load()
    logs.configure(settings)
    PithWorker(settings, clean=misbehaving.clean).work()
