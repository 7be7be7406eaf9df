"""The pictures that stand in the kept text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from worker.clean.document import Document

LAZY = ("data-src", "data-original", "data-lazy-src", "data-srcset", "srcset", "src")
LONGEST_BASE = 2000  # characters; each link of a page would be as long again
SMALLEST = 50  # pixels: a smaller picture is an icon or a counter


def base_address(document: Document, url: str | None) -> str | None:
    """What relative addresses of the page are resolved against: <base href>, or the page's own."""
    for row in document.rows_by_tag.get("base", ()):
        href = document.elements.attrs[row].get("href")
        if href and len(href) <= LONGEST_BASE:
            return _joined(url, href)
    return url


def images(document: Document, kept: Sequence[int], base: str | None) -> tuple[dict[str, str], ...]:
    """`{"url", "alt"}` of each picture between the first and the last kept block."""
    if not kept:
        return ()
    found: dict[str, str] = {}
    for image in document.images:
        if kept[0] <= image.block <= kept[-1] + 1 and not document.elements.hidden[image.element]:
            attrs = document.elements.attrs[image.element]
            address = next(_addresses(attrs, base), None)
            if address and not _tiny(attrs):
                found.setdefault(address, " ".join((attrs.get("alt") or "").split()))
    return tuple({"url": address, "alt": alt} for address, alt in found.items())


def _addresses(attrs: Mapping[str, str | None], base: str | None) -> Iterator[str]:
    for name in LAZY:
        value = (attrs.get(name) or "").strip()
        address = _first_candidate(value) if "srcset" in name else value
        whole = _joined(base, address) if address else None
        if whole and whole.startswith(("http:", "https:")):
            yield whole


def _first_candidate(srcset: str) -> str:
    """The first address of a srcset; it ends at white space, and may have commas in it."""
    address, *_ = srcset.strip(", ").split(None, 1) or [""]
    return address.rstrip(",")


def _joined(base: str | None, address: str) -> str | None:
    try:
        return urljoin(base or "", address)
    except ValueError:
        return None


def _tiny(attrs: Mapping[str, str | None]) -> bool:
    sizes = [attrs.get("width") or "", attrs.get("height") or ""]
    return any(size.isdecimal() and float(size) < SMALLEST for size in sizes)  # of any number of digits
