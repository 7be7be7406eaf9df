"""A digest of all that an operator may change as text: pages cleaned by other words answer nobody."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.settings import Settings

OURS = Path(__file__).parent


def digest(settings: Settings) -> str:
    """Of this folder's data, and of the phrases and the rules for sites that the settings name."""
    whole = hashlib.blake2b(digest_size=12)
    for path in _files(settings):
        data = path.read_bytes() if os.access(path, os.R_OK) and path.is_file() else b""  # not used either
        whole.update(f"{path.name} {len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()


def _files(settings: Settings) -> Iterator[Path]:
    yield from sorted(path for kind in ("toml", "txt") for path in OURS.rglob(f"*.{kind}"))
    for folder in (settings.phrases_dir, settings.sites_dir):
        yield from sorted(folder.glob("*.toml")) if folder else ()
    yield from sorted(settings.ftr_dir.glob("*.txt")) if settings.ftr_dir else ()
    yield from [settings.cosmetic_file] if settings.cosmetic_file else []
