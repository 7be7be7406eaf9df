from __future__ import annotations

import asyncio
import lzma
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest

from lab import replay, sets

if TYPE_CHECKING:
    from pathlib import Path


def sample(name: str, html: str) -> dict[str, object]:
    rest: dict[str, object] = {
        "url": None,
        "gold_text": None,
        "with": [],
        "without": [],
        "lang": None,
        "page_type": None,
    }
    return {"id": name, "html": html, **rest}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [sample("a/b ü", "<p>eins"), sample("2", "<p>zwei")]
    with lzma.open(tmp_path / "wcxb-dev.jsonl.xz", "wb") as file:
        file.write(b"\n".join(orjson.dumps(row) for row in rows))
    return tmp_path


async def get_all(site: replay.Site) -> tuple[list[str], list[httpx.Response]]:
    server = await replay.listen(site)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, httpx.AsyncClient(trust_env=False) as client:
        urls = (await client.get(f"{base}/urls.txt")).text.split()
        answers = [await client.get(url) for url in [*urls, f"{base}/robots.txt"]]
    return urls, answers


@pytest.mark.parametrize("gzipped", [False, True])
def test_every_page_of_the_index_is_served_as_it_is_stored(data: Path, gzipped: bool) -> None:  # noqa: FBT001
    site = replay.build(sets.load(data), gzipped=gzipped)
    urls, answers = asyncio.run(get_all(site))
    assert urls[0].endswith("/wcxb-dev/a%2Fb%20%C3%BC")
    assert [answer.text for answer in answers[:2]] == ["<p>eins", "<p>zwei"]
    assert answers[0].headers["content-type"] == "text/html; charset=utf-8"
    assert answers[2].status_code == 404


def test_requests_that_come_in_pieces_or_together_are_answered_in_order(data: Path) -> None:
    async def talk() -> bytes:
        server = await replay.listen(replay.build(sets.load(data), delay=0.01))
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"GET /wcxb-dev/2 HT")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"TP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = await reader.readuntil(b"not one of the stored pages\n")
        writer.close()
        await writer.wait_closed()
        server.close()
        return answer

    answer = asyncio.run(talk())
    assert answer.index(b"zwei") < answer.index(b"404 Not Found")


def test_a_set_that_is_not_there_is_named_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(sets.MissingSetError, match=r"no set 'daniel'.*daniel\.jsonl\.xz"):
        sets.load(tmp_path, ["daniel"])


def test_a_sample_of_a_set_is_always_the_same_pages_in_order(data: Path) -> None:
    everything = sets.load(data)
    assert sets.draw(everything, 1) == sets.draw(everything, 1)
    assert sets.draw(everything, 9) == everything
