"""Where keys come from, and that only they open."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from api import keys
from config.settings import Settings

KEY = "k" * 40


def test_on_loopback_no_key_is_wanted_unless_one_is_set(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"):
        assert not keys.load(Settings(), host, tmp_path).wanted
    assert keys.load(Settings(api_keys=(KEY,)), "127.0.0.1", tmp_path).wanted
    assert keys.load(Settings(key_file=str(tmp_path / "k")), "127.0.0.1", tmp_path).wanted


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "pith.example"])
def test_on_any_other_address_a_key_is_made_at_first_start(tmp_path: Path, host: str) -> None:
    found = keys.load(Settings(), host, tmp_path)
    key = (tmp_path / "api-key").read_text().strip()
    assert found.owner(f"Bearer {key}")
    assert found.owner("Bearer x") is None
    assert keys.load(Settings(), host, tmp_path) == found


def test_a_made_key_has_256_bits_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    key = keys.read_or_make(tmp_path / "deep" / "key")
    assert len(key) >= 43  # 256 bits in base64
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["key"]


def test_two_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    starts = [
        threading.Thread(target=lambda: found.append(keys.read_or_make(tmp_path / "key"))) for _ in range(8)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("key", ["schlüssel" * 4, "k" * 40 + "\udcff", "k" * 40 + "\n"])
def test_a_key_that_no_header_can_carry_is_refused_without_telling_it(key: str) -> None:
    with pytest.raises(keys.KeyFileError, match="PITH_API_KEYS: an API key has characters") as refused:
        keys.load(Settings(api_keys=(key,)), "127.0.0.1", Path())
    assert key not in str(refused.value)


def test_a_key_file_with_too_short_a_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text("short\n")
    with pytest.raises(keys.KeyFileError, match=f"{tmp_path}/api-key: .*16 characters"):
        keys.load(Settings(), "0.0.0.0", tmp_path)


def test_keys_are_held_as_digests_only() -> None:
    assert KEY not in repr(keys.hashed([KEY]))


def test_each_key_has_an_owner_of_its_own() -> None:
    two = keys.hashed([KEY, "o" * 40])
    owners = {two.owner(f"Bearer {KEY}"), two.owner("Bearer " + "o" * 40)}
    assert len(owners) == 2
    assert None not in owners
    assert keys.OPEN not in owners


def test_a_key_too_short_to_be_safe_is_refused() -> None:
    with pytest.raises(keys.KeyFileError, match="16 characters"):
        keys.hashed(["short"])


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(keys.KeyFileError, match=str(tmp_path)):
        keys.read_or_make(tmp_path)


def test_an_empty_key_file_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    with pytest.raises(keys.KeyFileError):
        keys.hashed([keys.read_or_make(tmp_path / "key")])
