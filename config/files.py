"""A file of the operator's as text, or why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.settings import MIB, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

MOST = 64 * MIB  # bytes; the longest lists of adverts' selectors have ten


def read(path: Path) -> str:
    """Raises SettingsError, which names the file: not there, no file but a pipe, a device or a folder, not
    UTF-8, too long.
    """
    try:
        if path.exists() and not path.is_file():  # to open a pipe is to wait for whoever writes to it
            raise SettingsError(f"{path}: it is no regular file")
        with path.open("rb") as file:
            text = file.read(MOST + 1)
        if len(text) > MOST:
            raise SettingsError(f"{path}: it is longer than {MOST} bytes, the limit")
        return text.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
