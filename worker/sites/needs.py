"""What a page must hold for a selector to find anything: the key under which the selector is looked up.

Out of tens of thousands of selectors a page meets the need of a few dozen, and only these are tried on it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# How much of the beginning of a value is looked up: the longest of these that it has. Addresses of adverts
# begin alike ("https://").
BEGINNINGS = (24, 16, 8)
SIMPLE = re.compile(r"[#.][\w-]+")  # nothing but a name: what has the name is found
MUST_BE = (":has(", ":is(", ":where(")

_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_CONDITION = re.compile(r"\[\s*([\w-]+)\s*(?:([~|^$*]?=)\s*([^\]]*?)\s*(i|s)?\s*)?\]", re.IGNORECASE)
_NAME = re.compile(r"([#.])((?:[\w-]|\\.)+)")
_TAG = re.compile(r"(?:^|[\s>+~])([a-zA-Z][\w-]*)")
_FUNCTION = re.compile(r"::?[\w-]+\(")
_HELD = re.compile(r"\x00(\d+)\x00")


class Need(NamedTuple):
    """`kind`: "#" an id, "." a class, "<" a tag, "[" an attribute, each with its name; "=href" a value of
    this attribute, "^href" what it begins with, "*href" what it holds; "" nothing.
    """

    kind: str
    what: str = ""


def need(selector: str) -> Need:
    """The rarest thing that a selector (one without commas) cannot do without."""
    held: list[str] = []
    plain = _required(_QUOTED.sub(lambda found: _hold(held, found[0]), selector))
    names = _NAME.findall(_CONDITION.sub("", plain))
    for mark in ("#", "."):
        name = next((name for kind, name in names if kind == mark), None)
        if name is not None:
            return Need(mark, re.sub(r"\\(.)", r"\1", name))
    conditions = [_condition(found, held) for found in _CONDITION.findall(plain)]
    if conditions:
        return max(conditions, key=lambda one: (one.kind != "[", len(one.what)))
    tag = _TAG.search(plain)
    return Need("<", tag[1].lower()) if tag else Need("")


def _condition(found: tuple[str, str, str, str], held: list[str]) -> Need:
    """The need of `[name operator "value" flag]`."""
    name, operator, value, flag = found
    name, value = name.lower(), _HELD.sub(lambda number: held[int(number[1])], value)
    value = value[1:-1] if value[:1] in ("'", '"') else value
    if not value or flag.lower() == "i" or "\\" in value:
        return Need("[", name)
    if operator == "=":
        return Need("=" + name, value)
    if operator in ("^=", "|="):
        length = next((length for length in BEGINNINGS if len(value) >= length), 0)
        return Need("^" + name, value[:length]) if length else Need("*" + name, value)
    return Need("*" + name, value)


def _hold(held: list[str], text: str) -> str:
    """A quoted text may hold anything: a number stands for it meanwhile."""
    held.append(text)
    return f"\x00{len(held) - 1}\x00"


def _required(selector: str) -> str:
    """A selector without what may be missing: what `:not(…)` and the like hold."""
    while (found := _FUNCTION.search(selector)) is not None:
        depth, end = 1, found.end()
        while depth and end < len(selector):
            depth += {"(": 1, ")": -1}.get(selector[end], 0)
            end += 1
        inside = selector[found.end() : end - 1]
        must = found[0] in MUST_BE and "," not in inside
        selector = f"{selector[: found.start()]}{' ' + inside + ' ' if must else ''}{selector[end:]}"
    return selector


def alternatives(selector: str) -> list[str]:
    """A list of selectors as its members."""
    if "," not in selector:
        return [selector]
    held: list[str] = []
    plain = _QUOTED.sub(lambda found: _hold(held, found[0]), selector)
    depth, parts = 0, [""]
    for mark in plain:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(mark, 0)
        if mark == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += mark
    return [_HELD.sub(lambda number: held[int(number[1])], part).strip() for part in parts]
