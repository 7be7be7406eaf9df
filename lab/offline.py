"""No extractor that is measured may reach for the network: pages were stored, what they name is not ours."""

from __future__ import annotations

import sys

CALLS = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})


def stay() -> None:
    """From here on this process opens no connection and looks up no name: whoever tries gets an OSError.

    It cannot be taken back (an audit hook, PEP 578); what the process starts is not held by it.
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in CALLS:
        raise ConnectionRefusedError(f"{event}: stored pages are measured without a network")
