"""The listening socket: bound before anything else starts, so that a port in use is one clear line."""

from __future__ import annotations

import socket

HIGHEST_PORT = 65535
UNREAD_TIME = 30  # seconds without one byte of an answer being taken, after which the connection is dropped
BACKLOG = 2048  # connections that wait while the API is busy or being started again


class AddressUnusable(RuntimeError):  # noqa: N818  (named for what happened)
    """The address cannot be listened on; the message names it."""


def bound(host: str, port: int) -> socket.socket:
    """A TCP socket that listens on host and port; port 0 takes any free one. Raises AddressUnusable."""
    if not 0 <= port <= HIGHEST_PORT:  # getaddrinfo would take it modulo 65536
        raise AddressUnusable(f"cannot listen on port {port}: ports are 0 (any) to {HIGHEST_PORT}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressUnusable(f"cannot listen on {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_TIME * 1000)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressUnusable(_why(host, port, error)) from error
    return listener


def _why(host: str, port: int, error: OSError) -> str:
    text = error.strerror or error
    return f"cannot listen on {host} port {port}: {text}. Choose another port: --port N, or make serve PORT=N"


def reachable(host: str) -> str:
    """Where to go on this machine for what is bound to `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (nothing is bound here)


def url(listener: socket.socket) -> str:
    """Where people on this machine reach it."""
    host, port = listener.getsockname()[:2]
    host = reachable(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
