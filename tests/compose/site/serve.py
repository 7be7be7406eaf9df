"""A web site inside the compose network: /page/N?wait=S is page N after S seconds; /hits counts."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PORT = 8080
PARAGRAPH = (
    "The council said of page number {n} that the old bridge over the river will be closed to cars for two "
    "years while its piers are renewed, and that the ferry will run every ten minutes in the meantime."
)
PAGE = """<!doctype html><html lang="en"><head><title>Bridge {n}</title></head><body>
<nav class="breadcrumb"><a href="/">Home</a> &gt; <a href="/news">News</a></nav>
<article><h1>Bridge {n}</h1>{paragraphs}</article>
<div id="cookie-law-info-bar">We use cookies to improve your experience. <button>Accept all</button></div>
</body></html>"""

hits: Counter[str] = Counter()
counting = threading.Lock()


def page(number: str) -> bytes:
    """An article with its number in every paragraph."""
    paragraphs = "".join(f"<p>{PARAGRAPH.format(n=number)}</p>" for _ in range(4))
    return PAGE.format(n=number, paragraphs=paragraphs).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers GET."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/hits":
            return self.answer(200, json.dumps(hits).encode())
        if not where.path.startswith("/page/"):
            return self.answer(404, b"nothing here")
        with counting:
            hits[where.path] += 1
        time.sleep(float(parse_qs(where.query).get("wait", ["0"])[0]))
        return self.answer(200, page(where.path.removeprefix("/page/")))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """With room for the connections of many workers."""

    request_queue_size = 512


if __name__ == "__main__":
    Server(("", PORT), Handler).serve_forever()  # on all addresses of the container
