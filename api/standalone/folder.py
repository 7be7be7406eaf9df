"""The data folder of one installation, held by one supervisor at a time, and the folder of its socket."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

from api.standalone.failure import StartFailed

LOCK = "pith.lock"  # holds two lines: the process that has the folder, and its run-time folder
SOCKET = "valkey.sock"
LONGEST_SOCKET = 100  # bytes of a unix socket's path; the kernel takes 107, macOS 103
TEMPORARY = "tmp"
DEEPEST = (
    f"/pith-12345678/{TEMPORARY}/pymp-12345678/listener-12345678"  # multiprocessing's socket is the longest
)
PATIENCE = 3.0  # seconds; a Valkey whose supervisor was killed lets go within that
PAUSE = 0.1  # seconds between tries


class DataFolder:
    """An exclusive hold on a data folder. Valkey inherits `lock`, so the hold lasts until it too has gone."""

    def __init__(self, path: Path) -> None:
        """Takes hold. Raises StartFailed if somebody else has it, or it cannot be written."""
        self.path = path.resolve()
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartFailed(f"the data folder {path} cannot be used: {error.strerror}") from error
        self._hold(path)
        _forget(self._former()[1:])
        self.run = run_folder()
        self.temporary.mkdir()
        self._say(f"{os.getpid()}\n{self.run}\n")

    @property
    def socket(self) -> Path:
        """Where Valkey listens."""
        return self.run / SOCKET

    @property
    def temporary(self) -> Path:
        """Where the children put what is gone with them."""
        return self.run / TEMPORARY

    def leave(self) -> None:
        """Let go, and take the run-time folder away."""
        shutil.rmtree(self.run, ignore_errors=True)
        self._say("")
        os.close(self.lock)

    def _hold(self, path: Path) -> None:
        until = time.monotonic() + PATIENCE
        while not _locked(self.lock):
            if time.monotonic() > until:
                holder = (self._former() or ["unknown"])[0]
                os.close(self.lock)
                raise StartFailed(
                    f"the data folder {path} is in use by another Pith (process {holder}). "
                    "Stop that one, or choose another folder: --data DIR, or make serve DATA=DIR"
                )
            time.sleep(PAUSE)

    def _former(self) -> list[str]:
        return os.pread(self.lock, 4096, 0).decode(errors="replace").splitlines()

    def _say(self, text: str) -> None:
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, text.encode(), 0)


def socket_of(data: Path) -> Path | None:
    """Where the Valkey of the Pith that runs on this data folder listens; None when none runs."""
    try:
        _, run, *_ = (data / LOCK).read_text(errors="replace").splitlines()
    except (OSError, ValueError):
        return None
    socket = Path(run) / SOCKET
    return socket if socket.is_socket() else None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget(folders: list[str]) -> None:
    """Remove the run-time folder of a supervisor that was killed with its tether: only what we made."""
    for folder in map(Path, folders):
        if folder.name.startswith("pith-") and folder.is_dir() and folder.stat().st_uid == os.getuid():
            (folder / SOCKET).unlink(missing_ok=True)
            shutil.rmtree(folder / TEMPORARY, ignore_errors=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def run_folder() -> Path:
    """A new folder that only we may enter, with a name short enough for a unix socket. Raises StartFailed."""
    for place in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108
        if place and len(os.fsencode(place)) + len(DEEPEST) <= LONGEST_SOCKET:
            try:
                return Path(tempfile.mkdtemp(prefix="pith-", dir=place))
            except OSError:
                continue
    raise StartFailed(
        "no folder for Valkey's socket: set TMPDIR to one with a short name that can be written"
    )
