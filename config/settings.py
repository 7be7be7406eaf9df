"""Every setting of Pith, read once from the environment, frozen, handed down as a value.

A setting `queue_limit` is the variable `PITH_QUEUE_LIMIT`. The one name without the prefix is `REDIS_URL`.
Times are in seconds and sizes in bytes unless the name says otherwise.
"""

from __future__ import annotations

import os
import stat
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "0.1.0"  # as in pyproject.toml; nothing is installed that could be asked
PREFIX = "PITH_"
# Not ours to read: the client's own settings, and what Kubernetes injects for a service named "pith".
FOREIGN = ("PITH_URL", "PITH_KEY")
FOREIGN_PREFIXES = ("PITH_SERVICE_", "PITH_PORT")

SECRETS = ("REDIS_URL", "PITH_API_KEYS", "PITH_PROXY")  # may hold a key or a password

KIB, MIB, TIB = 2**10, 2**20, 2**40
LEAST_VALKEY = 4 * MIB  # with less it has no room for a job beside its own


class SettingsError(ValueError):
    """A setting that is unknown or has a value that cannot be used; the message names it."""


def _items(value: object) -> object:
    """Split "a, b,c" into its items; anything that is not a string passes through."""
    return (
        tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value
    )


def _some_memory(value: int) -> int:
    if 0 < value < LEAST_VALKEY:
        raise ValueError(f"bytes: 0 or at least {LEAST_VALKEY}")
    return value


def _listed(folder: Path) -> Path:
    try:
        list(folder.iterdir())  # one that may not be read would pass for an empty one
    except OSError as error:
        raise ValueError(error.strerror) from error
    return folder


def _regular(file: Path) -> Path:
    try:
        regular = stat.S_ISREG(file.stat().st_mode)
    except OSError as error:
        raise ValueError(error.strerror) from error
    if not regular:
        raise ValueError("Not a file")
    return file


def _networks(value: object) -> object:
    items = _items(value)
    return tuple(map(partial(ip_network, strict=True), items)) if isinstance(items, tuple) else items


YEAR = 365 * 86_400
MOST = 10**9  # of anything that is counted

Names = Annotated[tuple[str, ...], BeforeValidator(_items), Field(min_length=1)]
# As in a Host header: a name or address, perhaps with a port.
Hosts = Annotated[tuple[Annotated[str, Field(pattern=r"^[^\s/@?#]+$")], ...], BeforeValidator(_items)]
# As browsers send it; "*" and "null" would let any page in.
Origins = Annotated[
    tuple[Annotated[str, Field(pattern=r"^https?://[^\s/*]+/?$")], ...], BeforeValidator(_items)
]
Ports = Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], BeforeValidator(_items)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]
Folder = Annotated[Path, AfterValidator(_listed)]
File = Annotated[Path, AfterValidator(_regular)]
Seconds = Annotated[float, Field(ge=0.001, le=10 * YEAR)]  # Redis counts in milliseconds
SecondsOrNone = Annotated[float, Field(ge=0, le=10 * YEAR)]
Count = Annotated[int, Field(ge=1, le=MOST)]
CountOrNone = Annotated[int, Field(ge=0, le=MOST)]
Bytes = Annotated[int, Field(ge=KIB, le=TIB)]
HeaderText = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]  # goes into a request header as it is


class Settings(BaseModel):
    """The values in force. Defaults are safe on a machine that faces the internet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    redis_url: str = "redis://127.0.0.1:6379/0"

    # Doors
    api_keys: Names = ()
    key_rate: CountOrNone = 0  # requests a minute of one key, in bursts too; 0: no limit
    key_file: str = ""  # where a key is made at first start; empty: <data>/api-key
    allowed_hosts: Hosts = ("localhost", "127.0.0.1", "[::1]")
    allowed_origins: Origins = ()
    root_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*/?$")] = ""  # below which a proxy shows it
    max_request_bytes: Bytes = 10 * MIB
    max_arriving_bytes: Bytes = 128 * MIB  # of all large bodies that arrive at once; twice the above at least
    max_leaving_bytes: Bytes = 256 * MIB  # of all large answers that their callers have not taken yet
    max_wait: Seconds = 30.0  # the most that `Prefer: wait` may ask for

    # Jobs
    queue: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")] = "pith"
    queue_limit: Count = 100_000
    key_queue_limit: CountOrNone = 0  # the same for one key; 0: no limit of its own
    queue_timeout: Seconds = 86_400.0  # a job that nobody claimed in this time has failed
    job_timeout: Seconds = 120.0  # counted from the first claim, waits between attempts included
    max_attempts: Count = 3
    max_losses: Count = 10  # attempts that ended with their worker; they are not among those
    retry_base: Seconds = 1.0  # the first retry waits up to this long, each later one up to twice as long
    retry_cap: Seconds = 30.0  # but no longer than this
    result_ttl: Annotated[int, Field(ge=1, le=10 * YEAR)] = 86_400  # seconds that what has ended is kept
    batch_limit: Count = 10_000
    # What the embedded Valkey of --standalone may hold; 0: a quarter of the machine's memory. Past it, 503.
    valkey_memory: Annotated[int, Field(ge=0, le=TIB), AfterValidator(_some_memory)] = 0

    # The worker
    concurrency: Annotated[int, Field(ge=1, le=4000)] = 64  # fetches in flight; Lua takes no more at once
    cleaners: Annotated[int, Field(ge=0, le=1024)] = 0  # cleaning children; 0: as many as cores
    clean_timeout: Seconds = 20.0
    clean_memory: Annotated[int, Field(ge=256 * MIB, le=TIB)] = 768 * MIB  # address space of one such child
    max_tree_depth: Count = 1000  # elements inside each other; deeper tags are left out, their text stays
    max_tree_nodes: Count = 500_000  # of a page; what follows is not read
    clean_nice: Annotated[int, Field(ge=0, le=19)] = 10  # so that answers don't wait for a core behind pages
    lease: Seconds = 15.0
    grace: Seconds = 8.0  # what a worker told to stop gives the pages in flight
    alive_file: str = ""  # a worker touches it whenever Redis took its heartbeat; for health checks

    # Manners, towards each host, of all workers together. Hosts inside allow_networks are spared them, unless
    # host_concurrency, host_delay, host_failures or, for robots.txt, robots is set: that holds for all hosts.
    host_concurrency: CountOrNone = 2  # fetches at once; 0: no limit
    host_delay: SecondsOrNone = 0.5  # between two requests
    crawl_delay_cap: SecondsOrNone = 30.0  # the most of a Crawl-delay that is obeyed
    host_failures: CountOrNone = 5  # timeouts in a row, then a host is left alone; 0: never
    host_rest: Seconds = 30.0  # for how long at first; twice as long each time it does not answer again
    host_longest_rest: Seconds = 3600.0  # the most of a Retry-After that is obeyed
    robots: Literal["obey", "off"] = "obey"
    robots_override: bool = False  # may a job say robots: "off"
    robots_ttl: Annotated[float, Field(ge=1, le=86_400)] = 3600.0  # RFC 9309, 2.4: no longer than a day

    # Fetching
    fetch_timeout: Seconds = 30.0
    max_wire_bytes: Bytes = 10 * MIB
    max_page_bytes: Bytes = 20 * MIB  # after Content-Encoding is undone
    max_held_bytes: Bytes = (
        64 * MIB
    )  # of all pages in flight, in one worker; what comes then stays on the wire, or in the queue
    max_ratio: Count = 200  # decoded bytes over wire bytes, looked at past the first MiB
    max_redirects: CountOrNone = 10
    max_header_bytes: Annotated[int, Field(ge=KIB, le=100 * KIB)] = (
        64 * KIB
    )  # httpcore takes no more than 100 KiB
    clients: Count = 12  # connection pools a worker spreads its hosts over: a pool costs by its connections
    user_agent: HeaderText = ""  # empty: Pith/<version> (+<contact>)
    contact: HeaderText = ""  # a URL or address a site's owner can turn to
    accept_language: HeaderText = "en;q=0.8, *;q=0.5"
    proxy: Annotated[str, Field(pattern=r"^(https?://[^\s/]+/?)?$")] = ""  # http://[name:password@]host:port
    ca_file: str = ""  # PEM; authorities that are trusted beside the public ones
    allow_networks: Networks = ()
    allow_ports: Ports = ()

    # The operator's own phrases and rules for sites, read as a process starts; config/README.md
    phrases_dir: Folder | None = None  # *.toml, as in config/phrases, and beside those
    sites_dir: Folder | None = None  # *.toml, as in config/sites
    ftr_dir: Folder | None = None  # *.txt, site configs of fivefilters' Full-Text RSS
    cosmetic_file: File | None = None  # a list of selectors in the way of EasyList

    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


def variable(field: str) -> str:
    """The environment variable that sets `field`."""
    return "REDIS_URL" if field == "redis_url" else PREFIX + field.upper()


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. An empty value means the default.

    Raises SettingsError, which names each variable that is unknown or wrong.
    """
    environ = os.environ if environ is None else environ
    _refuse_unknown(environ)
    given = {
        field: environ[variable(field)] for field in Settings.model_fields if environ.get(variable(field))
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(dict(e)) for e in error.errors())) from error


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {variable(field) for field in Settings.model_fields} | set(FOREIGN)
    ours = (name for name in environ if name.startswith(PREFIX) and not name.startswith(FOREIGN_PREFIXES))
    if unknown := sorted(name for name in ours if name not in known):
        raise SettingsError(f"unknown setting {', '.join(unknown)}: config/settings.py lists all there are")


def _sentence(error: dict[str, object]) -> str:
    where = error["loc"]
    field = str(where[0]) if isinstance(where, tuple) and where else "?"
    name = variable(field)
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}={'…' if name in SECRETS else repr(error['input'])}: {message}"
