"""What the environment may say, and what is refused before anything starts."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.settings import MIB, Settings, SettingsError, load, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
NUMBERS = [name for name, field in Settings.model_fields.items() if type(field.default) in (int, float)]


def test_an_empty_value_means_the_default() -> None:
    assert load({variable(field): "" for field in Settings.model_fields}) == Settings()


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e300", "9" * 20])
def test_no_number_is_without_bounds(field: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable(field)}='{value}'"):
        load({variable(field): value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PITH_ROOT_PATH", "pith"),
        ("PITH_ROOT_PATH", "//elsewhere.example"),
        ("PITH_ROOT_PATH", "/a\r\nSet-Cookie: b"),
        ("PITH_ALLOWED_HOSTS", "https://pith.example"),
        ("PITH_LEASE", "0.0001"),
        ("PITH_API_KEYS", " , "),  # no key at all would open the doors
        ("PITH_CONCURRENCY", "4001"),
        ("PITH_VALKEY_MEMORY", "2"),
        ("PITH_CLEAN_MEMORY", str(128 * MIB)),  # less than a child takes before its first page
    ],
)
def test_a_value_that_could_not_work_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load({name: value})


@pytest.mark.parametrize("field", ["phrases_dir", "sites_dir", "ftr_dir", "cosmetic_file"])
@pytest.mark.parametrize("place", ["missing", "locked", "locked/inside"])
def test_a_folder_that_is_not_there_or_may_not_be_read_is_refused_by_name(field: str, place: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        locked = Path(folder, "locked")
        locked.mkdir(mode=0)
        with unprivileged(), pytest.raises(SettingsError, match=f"{variable(field)}='{folder}/{place}': "):
            load({variable(field): f"{folder}/{place}"})


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user without rights: root may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("folder", ["", "/", "/pith", "/pith/", "/a/b.c"])
def test_a_folder_may_end_with_a_slash(folder: str) -> None:
    assert load({"PITH_ROOT_PATH": folder}).root_path == folder
