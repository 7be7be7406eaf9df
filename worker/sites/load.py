"""All rules for sites, as the settings name them; read once, as a process starts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.sites.rule import Sites

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "sites"


@cache
def shipped() -> Sites:
    """The rules that come with Pith."""
    from worker.sites import toml

    return toml.read_folder(SHIPPED)


def load(settings: Settings) -> Sites | None:
    """The operator's rules over fivefilters' over the shipped ones; None where the operator has none. What is
    not used is logged, with its place.

    Raises SettingsError for a file of the operator's own that cannot be used: it names file and field or
    line.
    """
    if not (settings.sites_dir or settings.ftr_dir or settings.cosmetic_file):
        return None  # cleaning children read the shipped ones by themselves, and this process no parser
    sites = shipped()
    if settings.ftr_dir:
        sites = _ftr(settings.ftr_dir).over(sites)
    if settings.sites_dir:
        from worker.sites import toml

        sites = toml.read_folder(settings.sites_dir).over(sites)
    if settings.cosmetic_file:
        sites = _cosmetic(settings.cosmetic_file).over(sites)
    return sites


def _ftr(folder: Path) -> Sites:
    from worker.sites import ftr

    log, read = structlog.get_logger(__name__), ftr.read_folder(folder)
    for file, line, why in read.skipped:
        log.warning("site_config_line_skipped", file=file, line=line, why=why)
    known = len(read.sites.exact) + len(read.sites.below)
    not_followed = sum(read.ignored[name] for name in ftr.NOT_FOLLOWED)
    log.info("site_configs_read", folder=str(folder), sites=known, not_followed=not_followed)
    return read.sites


def _cosmetic(path: Path) -> Sites:
    from worker.sites import cosmetic
    from worker.sites.rule import Sites

    read = cosmetic.read_list(path)
    log = structlog.get_logger(__name__)
    log.info("cosmetic_list_read", file=str(path), selectors=read.size, unused=dict(read.unused))
    return Sites(cosmetic=read)
