"""Bytes to text. Never fails: what cannot be read becomes U+FFFD.

The order is the HTML standard's "determining the character encoding": byte order mark, then the header's
charset, then a prescan of the first 1024 bytes for <meta>; after that detection. Two departures: a declared
single-byte charset loses to bytes that are valid UTF-8 beyond ASCII, and a declared UTF-8 loses where most of
what is beyond ASCII breaks it.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import webencodings

if TYPE_CHECKING:
    from collections.abc import Iterator

PRESCAN_BYTES = 1024  # the standard's number
LATE_META_BYTES = (
    16_384  # pages whose <meta charset> comes later than the standard allows; found before guessing
)
SAMPLE_BYTES = 32_768  # what detection looks at: it costs 1 ms per 10 kB
NUL_SHARE = (
    0.05  # so many NULs on one side, and less than this part of them on the other, is UTF-16 without a mark
)
MOST = 0.8  # both high bytes of nearly every character are NUL: UTF-32
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with UTF-16's mark
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
FALLBACK = "windows-1252"

# What pages are written in that say nothing of it; without limits detection finds Baltic and DOS code pages.
ON_THE_WEB = (
    *("utf_8", "gb18030", "cp932", "euc_jp", "iso2022_jp", "big5", "cp949", "cp1250", "iso8859_2"),
    *("cp1251", "koi8_r", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp874"),
)
BY_LANGUAGE = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), ("cp1250", "iso8859_2")),
    **dict.fromkeys(("be", "bg", "ru", "sr", "uk"), ("cp1251", "koi8_r", "iso8859_5", "cp866")),
    **dict.fromkeys(("da", "de", "en", "es", "fi", "fr", "it", "nl", "no", "pt", "sv"), ("cp1252", "utf_8")),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("cp949",),
    "th": ("cp874",),
    "tr": ("cp1254",),
    "zh": ("gb18030", "big5"),
}

_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*+=\s*+[\"']?+\s*+([\w.:+-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:+-]{2,40})", re.IGNORECASE)
_LANG = re.compile(rb"<html[^>]{0,300}?\blang\s*=\s*[\"']?([a-zA-Z]{2})\b", re.IGNORECASE)
# Never goes back over what it has read: a page of nothing but "<script " would take it minutes.
_MARKUP = re.compile(rb"<(script|style)\b(?:[^<]++|<(?!/\1))*+(?:</\1>)?|<[^<>]*+>?", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


def decode(body: bytes | str, charset: str | None = None) -> str:
    """The text of `body`; `charset` is the label in the Content-Type header, if there was one."""
    if isinstance(body, str):
        return body.removeprefix("\ufeff")
    for mark, codec in MARKS:
        if body.startswith(mark):
            return _read(body[len(mark) :], codec)
    return _read(body, _codec(body, charset))


def _codec(body: bytes, charset: str | None) -> str:
    wide = _wide(body)
    if wide:
        return wide
    declared = next(_declared(body, charset), None)
    if declared == "utf-8" or ((declared is None or _single_byte(declared)) and _is_utf8(body)):
        # A wrong "utf-8" is common too: text that breaks it all over is something else.
        return "utf-8" if _mostly_utf8(body) else _detected(body)
    return declared or _detected(body)


def _declared(body: bytes, charset: str | None) -> Iterator[str]:
    """Codec names by declared label, the strongest first; labels that nobody knows are passed over."""
    labels = [charset] if charset else []
    head = _COMMENT.sub(b"", body[:LATE_META_BYTES])
    for pattern, limit in (
        (_META_CHARSET, PRESCAN_BYTES),
        (_XML_ENCODING, 200),
        (_META_CHARSET, LATE_META_BYTES),
    ):
        found = pattern.search(head[:limit])
        if found:
            labels.append(found[1].decode("ascii"))
    for label in labels:
        encoding = webencodings.lookup(label.strip("\"' ")) if label.isascii() else None
        if encoding is not None:
            # The standard: a <meta> that could be read as bytes cannot be UTF-16.
            yield "utf-8" if encoding.name.startswith("utf-16") else encoding.codec_info.name


def _single_byte(codec: str) -> bool:
    return codec.startswith(("iso8859", "cp125", "koi8", "mac", "cp866", "cp874"))


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A page cut off in the middle of a character is UTF-8 still.
        return error.start >= len(body) - 3 and not body[: error.start].isascii()
    return not body.isascii()


def _mostly_utf8(body: bytes) -> bool:
    """Fewer broken characters than good ones beyond ASCII."""
    if body.isascii():
        return True
    text, _ = codecs.utf_8_decode(body[: 4 * SAMPLE_BYTES], "replace", False)
    broken = text.count("\ufffd")
    return broken == 0 or 4 * broken < sum(1 for character in text if character > "\x7f")


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, told by where the NUL bytes stand."""
    sample = body[:PRESCAN_BYTES]
    if sample.count(0) < 4:
        return None
    quarter = len(sample) // 4 or 1
    nuls = [sample[phase::4].count(0) / quarter for phase in range(4)]
    if min(nuls[2:]) > MOST:
        return "utf-32-le"
    if min(nuls[:2]) > MOST:
        return "utf-32-be"
    even, odd = nuls[0] + nuls[2], nuls[1] + nuls[3]
    if max(even, odd) < NUL_SHARE or NUL_SHARE * max(even, odd) < min(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _detected(body: bytes) -> str:
    """Guess. The sample is the part of the page that is not ASCII, where the evidence is."""
    from charset_normalizer import from_bytes

    sample = _evidence(body)
    if not sample:
        return "utf-8"
    said = _LANG.search(body[:LATE_META_BYTES])
    likely = BY_LANGUAGE.get(said[1].decode("ascii").lower() if said else "", ON_THE_WEB)
    if said and len(likely) > 1 and all(map(_single_byte, likely)):
        return max(likely, key=lambda codec: _letters(sample, codec))
    best = from_bytes(sample, cp_isolation=list(likely), enable_fallback=False).best()
    return best.encoding if best is not None else FALLBACK


def _letters(sample: bytes, codec: str) -> float:
    """How much of a sample becomes letters, lower case rather than upper: KOI8-R and its like swap the
    cases.
    """
    text = sample.decode(codec, "replace")
    return sum(1 for c in text if c.islower()) + 0.5 * sum(1 for c in text if c.isupper())


def _evidence(body: bytes) -> bytes:
    text = _MARKUP.sub(b" ", body[: 16 * SAMPLE_BYTES])
    lines = [line for line in text.splitlines() if not line.isascii()]
    return b"\n".join(lines)[:SAMPLE_BYTES]


def _read(body: bytes, codec: str) -> str:
    try:
        return body.decode(codec, "replace")
    except (LookupError, UnicodeError, ValueError):  # a codec of another kind, or one with no "replace"
        return body.decode("utf-8", "replace")
