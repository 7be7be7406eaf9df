"""Content-Encoding: what is undone, how little is undone at a time, and what is no longer looked at."""

from __future__ import annotations

import gc
import gzip
import os
import weakref
import zlib

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import ProtocolFailed, UnsupportedType
from worker.fetch.decoding import PIECE, decoder

ENCODE = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
BODY = "Grüße aus dem Netz. ".encode() * 40_000 + os.urandom(5000)
STEPS = [1, 2, 3, 7, 1000, 65536, 10**9]


def undo(encoding: str, data: bytes, step: int = 65536) -> bytes:
    out: list[bytes] = []
    feed = decoder(encoding, out.append)
    for at in range(0, len(data), step):
        feed(data[at : at + step])
    return b"".join(out)


@pytest.mark.parametrize("encoding", ENCODE)
@pytest.mark.parametrize("step", STEPS)
def test_an_encoding_is_undone_whatever_the_pieces(encoding: str, step: int) -> None:
    assert undo(encoding, ENCODE[encoding](BODY), step) == BODY
    assert undo(encoding, ENCODE[encoding](b""), step) == b""


class Taken(list[bytes]):
    """A list that can be watched."""


@pytest.mark.parametrize("encoding", ENCODE)
def test_nothing_is_left_of_a_decoder_that_is_done_with(encoding: str) -> None:
    taken = Taken()
    feed = decoder(encoding, taken.append)
    feed(ENCODE[encoding](BODY))
    watched = weakref.ref(taken)
    del taken, feed
    gc.collect()
    assert watched() is None


@given(body=st.binary(max_size=300), encoding=st.sampled_from(sorted(ENCODE)), step=st.integers(1, 50))
def test_any_bytes_come_back(body: bytes, encoding: str, step: int) -> None:
    assert undo(encoding, ENCODE[encoding](body), step) == body


@pytest.mark.parametrize("step", STEPS)
def test_raw_deflate_is_taken_too(step: int) -> None:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    assert undo("deflate", squeeze.compress(BODY) + squeeze.flush(), step) == BODY


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("padding", [b"", b"\0" * 10, b"\x1f", b"<!-- cached -->"])
def test_gzip_has_any_number_of_members_and_what_follows_is_left_alone(step: int, padding: bytes) -> None:
    assert undo("gzip", gzip.compress(b"one ") + gzip.compress(b"two") + padding, step) == b"one two"


@pytest.mark.parametrize("step", STEPS)
def test_what_only_says_that_it_is_gzip_passes(step: int) -> None:
    assert undo("gzip", b"<html>plain", step) == b"<html>plain"


def test_zstd_frames_follow_each_other() -> None:
    squeeze = ENCODE["zstd"]
    assert undo("zstd", squeeze(b"one ") + squeeze(b"two"), 1) == b"one two"


def test_bytes_after_the_end_of_brotli_are_left_alone() -> None:
    assert undo("br", brotli.compress(b"one") + b"two", 1) == b"one"


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8", "none", " , "])
def test_a_word_that_is_no_encoding_is_looked_past(encoding: str) -> None:
    assert undo(encoding, b"<html>") == b"<html>"


def test_stacked_encodings_are_undone_from_the_last() -> None:
    assert undo("gzip, br", brotli.compress(gzip.compress(BODY))) == BODY
    assert undo("GZIP,identity , Deflate", zlib.compress(gzip.compress(BODY))) == BODY


def test_a_pile_of_encodings_is_refused() -> None:
    with pytest.raises(ProtocolFailed, match="4 times over"):
        decoder("gzip, gzip, gzip, gzip", print)


@pytest.mark.parametrize("encoding", ["compress", "gzip, dcb"])
def test_an_encoding_that_cannot_be_undone_is_named(encoding: str) -> None:
    with pytest.raises(UnsupportedType, match="which nobody asked for"):
        decoder(encoding, print)


@pytest.mark.parametrize("encoding", sorted(ENCODE))
def test_broken_bytes_are_a_fault_of_the_site(encoding: str) -> None:
    whole = bytearray(ENCODE[encoding](os.urandom(100_000)))
    whole[20:60] = os.urandom(40)
    whole[-20:] = bytes(20)
    with pytest.raises(ProtocolFailed, match="broken"):
        undo(encoding, bytes(whole) + bytes(100_000))


@pytest.mark.parametrize("encoding", sorted(ENCODE))
def test_a_stream_cut_short_gives_what_there_was(encoding: str) -> None:
    whole = ENCODE[encoding](BODY)
    start = undo(encoding, whole[: len(whole) - 1000])
    assert start
    assert BODY.startswith(start)


@pytest.mark.parametrize("encoding", sorted(ENCODE))
def test_a_bomb_stops_at_the_first_piece_that_the_sink_refuses(encoding: str) -> None:
    largest = 0

    def refuse(piece: bytes) -> None:
        nonlocal largest
        largest = max(largest, len(piece))
        if piece:
            raise OverflowError

    bomb = ENCODE[encoding](bytes(50_000_000))
    with pytest.raises(OverflowError):
        decoder(encoding, refuse)(bomb)
    assert largest <= 2 * PIECE


def test_zstd_may_not_ask_for_a_huge_window() -> None:
    squeeze = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    ).compressobj()
    with pytest.raises(ProtocolFailed):
        undo("zstd", squeeze.compress(BODY) + squeeze.flush())
