"""A real DNS server on loopback, and a resolver for the fetch's seam that asks it over UDP (RFC 1035)."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from ipaddress import ip_address
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

A, CNAME, AAAA = 1, 5, 28
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME = 0, 2, 3
ANSWER, QUESTION = 0x8180, 0x0100  # flags: a response to a recursive question; a question
INTERNET, NO_TTL = 1, 0
HEADER = struct.Struct("!6H")
FIELDS = struct.Struct("!HHIH")  # type, class, time to live, length

# What a name is answered with: addresses, or another name (a CNAME); an int is an error code.
Answer = list[str] | int


class Zone(asyncio.DatagramProtocol):
    """Answers each name from a list of answers in turn, the last for ever; an unknown name not at all."""

    def __init__(self, names: Mapping[str, Sequence[Answer]]) -> None:
        self.names = {name: list(answers) for name, answers in names.items()}
        self.asked: list[tuple[str, int]] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        name, end = _name(data, HEADER.size)
        kind = struct.unpack_from("!H", data, end)[0]
        self.asked.append((name, kind))
        answers = self.names.get(name)
        if answers is None:
            return  # silence
        answer = answers.pop(0) if len(answers) > 1 and kind == A else answers[0]
        self.transport.sendto(self._reply(data, end + 4, kind, answer), sender)

    def _reply(self, question: bytes, end: int, kind: int, answer: Answer) -> bytes:
        code = answer if isinstance(answer, int) else NO_ERROR
        records = [] if isinstance(answer, int) else list(self._records(kind, answer))
        number = struct.unpack_from("!H", question)[0]
        head = HEADER.pack(number, ANSWER | code, 1, len(records), 0, 0)
        return head + question[HEADER.size : end] + b"".join(records)

    def _records(self, kind: int, answer: list[str]) -> list[bytes]:
        found = []
        for value in answer:
            if value.endswith("."):
                found.append(_record(CNAME, _encoded(value)))
                inner = self.names[value.rstrip(".")][0]
                found.extend(self._records(kind, inner if isinstance(inner, list) else []))
            elif (address := ip_address(value)).version == (4 if kind == A else 6):
                found.append(_record(kind, address.packed))
        return found


def _record(kind: int, data: bytes) -> bytes:
    return (
        b"\xc0\x0c" + FIELDS.pack(kind, INTERNET, NO_TTL, len(data)) + data
    )  # of the name that was asked for


def _encoded(name: str) -> bytes:
    labels = name.rstrip(".").encode().split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _name(data: bytes, at: int) -> tuple[str, int]:
    """The name that stands there, uncompressed, and where it ends."""
    labels = []
    while size := data[at]:
        labels.append(data[at + 1 : at + 1 + size].decode())
        at += 1 + size
    return ".".join(labels), at + 1


class Lookup:
    """The resolver: asks for A and AAAA records, and says what getaddrinfo would."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        return [address for kind in (A, AAAA) for address in await self._ask(host, kind)]

    async def _ask(self, host: str, kind: int) -> list[str]:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.connect(("127.0.0.1", self._port))
            head = HEADER.pack(next(self._numbers), QUESTION, 1, 0, 0, 0)
            await loop.sock_sendall(line, head + _encoded(host) + struct.pack("!HH", kind, INTERNET))
            return _addresses(await loop.sock_recv(line, 4096))


def _addresses(data: bytes) -> list[str]:
    _, flags, _, records, _, _ = HEADER.unpack_from(data)
    if flags & 0xF == NO_SUCH_NAME:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    if flags & 0xF:
        raise socket.gaierror(socket.EAI_AGAIN, "the server failed")
    at, found = _name(data, HEADER.size)[1] + 4, []
    for _ in range(records):
        kind, _, _, length = FIELDS.unpack_from(data, at + 2)
        at += 2 + FIELDS.size
        if kind in (A, AAAA):
            found.append(str(ip_address(data[at : at + length])))
        at += length
    return found


@asynccontextmanager
async def serving(names: Mapping[str, Sequence[Answer]]) -> AsyncIterator[tuple[Zone, Lookup]]:
    """A server of these names on a free UDP port of loopback, and a resolver that asks it."""
    loop = asyncio.get_running_loop()
    transport, zone = await loop.create_datagram_endpoint(lambda: Zone(names), ("127.0.0.1", 0))
    try:
        yield zone, Lookup(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()
