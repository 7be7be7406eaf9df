"""What a page is stored as."""

from __future__ import annotations

from typing import Any

import orjson
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from worker.jobs import pages

text = st.text(max_size=30)
receipt = st.fixed_dictionaries(
    {"kind": text, "rule": text, "where": text, "words": st.integers(0, 9999), "text": text}
)
page = st.fixed_dictionaries(
    {"page": st.dictionaries(text, text | st.none()), "receipts": st.lists(receipt, max_size=9)}
)


@given(page)
def test_what_is_packed_comes_out_as_it_was(stored: dict[str, Any]) -> None:
    assert pages.unpack(pages.pack(stored)) == stored


@given(page)
def test_a_page_that_version_0_1_0_stored_can_still_be_read(stored: dict[str, Any]) -> None:
    assert pages.unpack(zstandard.compress(orjson.dumps(stored))) == stored


def test_receipts_that_say_the_same_cost_little() -> None:
    one = {"kind": "related", "rule": "lines.related: en: More stories", "where": "body > main > div.more"}
    many = [one | {"words": 1, "text": str(n)} for n in range(1000)]
    assert len(pages.pack({"page": {}, "receipts": many})) < 2000
