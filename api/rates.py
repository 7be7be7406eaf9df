"""How often one key may ask (PITH_KEY_RATE), and what every answer says of it.

Headers: draft-ietf-httpapi-ratelimit-headers-11, `RateLimit-Policy` and `RateLimit` as structured fields.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSlow
from starlette.datastructures import MutableHeaders

from api.doors import unlocked
from api.problems import AWAY, Problem, retry_after
from worker.jobs.rates import WINDOW

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from worker.jobs.rates import Allowance, Rates

POLICY = '"key"'  # its name in both headers


class RateLimit:
    """ASGI middleware behind the doors: lets a request through while its key has some left."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self.app = app
        self.rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or unlocked(scope):
            return await self.app(scope, receive, send)
        try:
            allowance = await self.rates.take(scope["state"]["owner"])
        except RedisSlow:  # the route would wait as long again
            problem = Problem("store_unavailable", headers=retry_after(AWAY))
            return await problem.response(scope)(scope, receive, send)
        except RedisError:  # what the route needs of it may still be had; if not, the route says so
            return await self.app(scope, receive, send)
        told = headers(allowance)

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        if not allowance.taken:
            problem = Problem("too_many_requests", headers=retry_after(allowance.more_in))
            return await problem.response(scope)(scope, receive, send_told)
        return await self.app(scope, receive, send_told)


def headers(allowance: Allowance) -> dict[str, str]:
    """The policy, and where this key stands: `r` requests are left, in `t` seconds there is one more."""
    return {
        "RateLimit-Policy": f"{POLICY};q={allowance.limit};w={WINDOW}",
        "RateLimit": f"{POLICY};r={allowance.remaining};t={math.ceil(allowance.more_in)}",
    }
