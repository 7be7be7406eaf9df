"""Is this a page? By the type the site names, and by the first bytes where that says too little.

After the WHATWG MIME Sniffing standard, of which this is the part that matters to a reader of text: a type
that is named is believed, but bytes that are plainly a PDF or a picture are not text, whatever they say.
"""

from __future__ import annotations

import re
from typing import Final

from worker.errors import UnsupportedType

HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
XML: Final = frozenset({"text/xml", "application/xml"})
# "The site does not know": as good as no type at all (the standard's 5.1).
UNNAMED: Final = frozenset({"", "unknown/unknown", "application/unknown", "*/*"})
# Text, but of no page.
NOT_PROSE: Final = frozenset(
    {
        "text/calendar",
        "text/css",
        "text/csv",
        "text/ecmascript",
        "text/event-stream",  # has no end
        "text/javascript",
        "text/json",
        "text/tab-separated-values",
        "text/vcard",
        "text/x-component",
        "text/x-vcard",
    }
)

LOOKED_AT: Final = 1445  # bytes, the standard's resource header
MAGIC: Final = (
    b"%PDF-", b"%!PS-", b"\x89PNG\r\n", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"PK\x03\x04", b"\x1f\x8b\x08",
    b"Rar!", b"7z\xbc\xaf", b"OggS", b"ID3", b"\x00\x00\x01\x00", b"\x7fELF", b"wOFF", b"wOF2",
    b"\xd0\xcf\x11\xe0",
)  # fmt: skip
UNICODE_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
BINARY: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # the standard's binary data bytes
COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
FIRST_ELEMENT: Final = re.compile(rb"<([A-Za-z_][^\s/>]*)")  # declarations begin with <! or <?
LOOKS_HTML: Final = re.compile(
    rb"<!doctype html|<(?:html|head|body|title|meta|script|style|div|p|h1|table|a|br)[\s/>]", re.IGNORECASE
)


class Sniff:
    """What a page that passed check_type() is; `kind` is known once the first bytes have been shown."""

    def __init__(self, named: str, charset: str | None) -> None:
        self.kind = named
        self._charset = charset

    def __call__(self, head: bytes) -> None:
        self.kind = settle(self.kind, head, self._charset)


def check_type(named: str) -> None:
    """Pass what may be a page by its name, so that nothing else is downloaded. Raises UnsupportedType."""
    if named in HTML or named in XML or named in UNNAMED:
        return
    if not named.startswith("text/") or named in NOT_PROSE:
        raise UnsupportedType(f"This is {named}, neither HTML nor text.")


def settle(named: str, head: bytes, charset: str | None = None) -> str:
    """The type of a page that passed check_type(), from its first LOOKED_AT bytes. Raises UnsupportedType."""
    if head.startswith(MAGIC):
        raise UnsupportedType(
            "This is a file of another kind, whatever its type says; neither HTML nor text."
        )
    if named in HTML:
        return named
    if named in XML:
        return _xhtml(head)
    if _is_binary(head, charset):
        raise UnsupportedType("These are binary data, neither HTML nor text.")
    if named in UNNAMED:
        return "text/html" if LOOKS_HTML.search(head) else "text/plain"
    return named


def _xhtml(head: bytes) -> str:
    text = head.replace(b"\0", b"")  # UTF-16 reads like ASCII then
    root = FIRST_ELEMENT.search(COMMENT.sub(b"", text))
    if root and root[1].rpartition(b":")[2] == b"html":
        return "application/xhtml+xml"
    raise UnsupportedType("This is XML of another kind, neither HTML nor text.")


def _is_binary(head: bytes, charset: str | None) -> bool:
    wide = head.startswith(UNICODE_MARKS) or (charset or "").lower().startswith("utf-16")
    return not wide and BINARY.search(head) is not None
