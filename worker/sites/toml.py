"""Rules for sites in our own format: one TOML file a site, in `config/sites` and in PITH_SITES_DIR."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.files import read
from config.settings import SettingsError
from worker.jobs.urls import UrlError, plain_host, target
from worker.sites.rule import Site, Sites
from worker.sites.selectors import is_css

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self


def _selector(value: str) -> str:
    if not is_css(value):
        raise ValueError(f"{value!r} is not a CSS selector")
    return value


def _host(value: str) -> str:
    try:
        host = plain_host(target(f"http://{value}/").host)
    except UrlError as error:
        raise ValueError(f"{value!r} is no host name") from error
    if any(mark in value for mark in "/@?#") or (":" in value):
        raise ValueError(f"{value!r} is no host name: write it without http:// and path")
    return host


Selectors = tuple[Annotated[str, AfterValidator(_selector)], ...]
Words = Annotated[str, Field(min_length=1)]


class SiteFile(BaseModel):
    """A file as it is written; config/README.md says what each field means."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    hosts: Annotated[list[Annotated[str, AfterValidator(_host)]], Field(min_length=1)]
    why: Words
    subdomains: bool = False
    golden: str = ""  # the folder of tests/pages that fails without this rule
    text: Annotated[Selectors, Field(strict=False)] = ()
    keep: Annotated[Selectors, Field(strict=False)] = ()
    drop: Annotated[Selectors, Field(strict=False)] = ()
    title: Annotated[Selectors, Field(strict=False)] = ()
    authors: Annotated[Selectors, Field(strict=False)] = ()
    published: Annotated[Selectors, Field(strict=False)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.keep or self.drop or self.title or self.authors or self.published):
            raise ValueError("it says nothing: give text, keep, drop, title, authors or published")
        if self.subdomains and (top := next((host for host in self.hosts if "." not in host), None)):
            raise ValueError(f"subdomains of {top!r} would be every site below it")
        return self

    def site(self, host: str) -> Site:
        return Site(host, self.text, self.keep, self.drop, self.title, self.authors, self.published)


def read_folder(folder: Path) -> Sites:
    """The rules of all *.toml files in a folder.

    Raises SettingsError, which names the file and the line or field, for a file that cannot be used and for a
    host that two files name.
    """
    exact: dict[str, Site] = {}
    below: dict[str, Site] = {}
    files: dict[str, Path] = {}
    for path in sorted(folder.glob("*.toml")):
        said = read_file(path)
        for host in said.hosts:
            if host in files:
                raise SettingsError(f"{path}: hosts: {host} has a rule already, in {files[host].name}")
            files[host], exact[host] = path, said.site(host)
            if said.subdomains:
                below[host] = exact[host]
    return Sites(exact, below)


def read_file(path: Path) -> SiteFile:
    """One file. Raises SettingsError."""
    text = read(path)
    try:
        return SiteFile.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{path}: {field}{': ' if field else ''}{first['msg']}") from error
    except (ValueError, RecursionError) as error:  # no TOML, or too much of it: digits, brackets in brackets
        raise SettingsError(f"{path}: {error}") from error
