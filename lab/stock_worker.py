"""`python -m lab.stock_worker CLASS`: RQ's own worker of that class on REDIS_URL, for lab.stock.

What a job needs is loaded and used once before the first one, so a worker that forks for each pays no import.
"""

from __future__ import annotations

import os
import sys

import rq
from redis import Redis
from rq.serializers import JSONSerializer

from lab import stock
from worker.clean import clean

WARM = "<article><p>A page that wakes what sleeps until the first one.</p></article>"

if __name__ == "__main__":
    stock.client()
    clean(WARM)
    worker = getattr(rq, sys.argv[1])
    connection = Redis.from_url(os.environ["REDIS_URL"])
    print("ready", flush=True)
    worker([stock.NAME], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")
