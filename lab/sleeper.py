"""`python -m lab.sleeper SECONDS`: a worker as `python -m worker`, but for its cleaning, which is a sleep.

So a machine with few cores shows how workers share one queue, rather than how they share its cores.
"""

from __future__ import annotations

import sys

from config import logs
from config.settings import load
from lab import asleep
from worker.runner.rq_worker import PithWorker

if __name__ == "__main__":
    settings = load()
    logs.configure(settings)
    print("ready", flush=True)
    PithWorker(settings, clean=asleep.Sleep(float(sys.argv[1]))).work()
