"""API keys: 256 random bits each, held only as SHA-256, compared in constant time.

A key comes from PITH_API_KEYS, or from a file that is made at first start and that only its owner can read.
Beside those there are keys with names: `python -m api keys`, kept in Redis, followed by keyring.
"""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.settings import Settings

OPEN = "open"  # the owner of every job when no key is wanted
OWNER_LENGTH = 16  # hex digits: 64 bits tell the keys of one installation apart
KEY_BYTES = 32
MIN_LENGTH = 16  # characters; a shorter key of the operator's own could be guessed


class KeyFileError(ValueError):
    """The key file, or a key of the operator's, cannot be made or used; the message says where it stands."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that open the doors. None at all: the doors are open, unless they are locked."""

    digests: tuple[bytes, ...] = ()
    locked: bool = False  # a key is wanted even if none is in force

    @property
    def wanted(self) -> bool:
        """Does a caller need a key?"""
        return self.locked or bool(self.digests)

    def owner(self, authorization: str | None) -> str | None:
        """Whose jobs the sender of this Authorization header sees; None when the key is missing or wrong."""
        if not self.wanted:
            return OPEN
        digest = sha256((presented(authorization) or "").encode()).digest()
        # Every key is compared, so that the time does not tell which one was near.
        matches = [hmac.compare_digest(digest, known) for known in self.digests]
        return owner_of(digest) if any(matches) else None


def owner_of(digest: bytes) -> str:
    """What a key's jobs, and the log, call it."""
    return digest.hex()[:OWNER_LENGTH]


def new_key() -> str:
    """A fresh key. The prefix lets scanners for secrets know what they found."""
    return f"pith_{secrets.token_urlsafe(KEY_BYTES)}"


def presented(authorization: str | None) -> str | None:
    """The key in a Bearer or Basic header. Of Basic the password counts, or the name when that is all."""
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = b64decode(rest.strip(), validate=True).decode().partition(":")
    except (Base64Error, UnicodeDecodeError, ValueError):
        return None
    return password or name or None


def is_loopback(host: str) -> bool:
    """Can only this machine reach a server bound to `host`?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def needed(settings: Settings, host: str) -> bool:
    """Must callers show a key? Not on loopback, unless the operator set one."""
    return bool(settings.api_keys or settings.key_file) or not is_loopback(host)


def key_path(settings: Settings, data: Path) -> Path | None:
    """The key file in use; None when the keys are in PITH_API_KEYS."""
    if settings.api_keys:
        return None
    return Path(settings.key_file) if settings.key_file else data / "api-key"


def load(settings: Settings, host: str, data: Path) -> Keys:
    """The keys in force for a server bound to `host`; makes the key file when it is the first start.

    Raises KeyFileError.
    """
    if not needed(settings, host):
        return Keys()
    if path := key_path(settings, data):
        return hashed([read_or_make(path)], str(path))
    return hashed(settings.api_keys)


def hashed(keys: Iterable[str], where: str = "PITH_API_KEYS") -> Keys:
    """Raises KeyFileError for a key too short to be safe, or that no Authorization header can carry."""
    keys = tuple(keys)
    if any(len(key) < MIN_LENGTH for key in keys):
        short = f"an API key is shorter than {MIN_LENGTH} characters"
        raise KeyFileError(f"{where}: {short}; make one with: openssl rand -hex 32")
    if not all(key.isascii() and key.isprintable() for key in keys):
        raise KeyFileError(f"{where}: an API key has characters that are not printable ASCII")
    return Keys(tuple(sha256(key.encode()).digest() for key in keys))


def read_or_make(path: Path) -> str:
    """The key in the file, made first (mode 0600) if the file is not there. Raises KeyFileError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"the key file {path} cannot be used: {error}") from error


def _make(path: Path) -> None:
    # Written whole under another name, then linked: two processes that start at once see the same key.
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key() + "\n")
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
