"""The files of `config/phrases` and of the operator's own folder, checked as they are read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import files
from config.settings import SettingsError

SHIPPED = Path(__file__).parent / "phrases"
LISTS = ("lines", "starts", "prompts", "openings", "words", "walls")  # tables of lists of strings
GRAMMAR = "grammar"

Tables = Mapping[str, Mapping[str, Any]]  # by language: table -> kind or group -> list


def read(folder: Path) -> Tables:
    """Every language's file. Raises SettingsError, which names the file and what in it cannot be used."""
    return {path.stem: _file(path) for path in sorted(folder.glob("*.toml"))}


def read_own(folder: Path) -> Tables:
    """The operator's files, likewise; nothing would look for a kind that is in none of those shipped."""
    own, shipped = read(folder), read(SHIPPED)
    for language, tables in own.items():
        for name, table in tables.items():
            known = sorted({kind for file in shipped.values() for kind in file.get(name, ())})
            if unknown := sorted(set(table).difference(known)):
                where = folder / f"{language}.toml"
                raise SettingsError(f"{where}: there is no {name}.{unknown[0]}, only {', '.join(known)}")
    return own


def _file(path: Path) -> Mapping[str, Any]:
    text = files.read(path)
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: {error}") from error
    for name, table in tables.items():
        if name not in (*LISTS, GRAMMAR) or not isinstance(table, dict):
            raise SettingsError(f"{path}: [{name}] is none of {', '.join((*LISTS, GRAMMAR))}")
        for kind, items in table.items() if name != GRAMMAR else ():
            if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
                raise SettingsError(f"{path}: {name}.{kind} is not a list of strings")
    return tables


def joined(ours: Tables, theirs: Tables) -> Tables:
    """Both, language by language; the lists of the one behind those of the other."""
    languages = dict.fromkeys((*ours, *theirs))
    return {language: _both(ours.get(language, {}), theirs.get(language, {})) for language in languages}


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    found: dict[str, dict[str, Any]] = {name: dict(table) for name, table in one.items()}
    for name, table in other.items():
        known = found.setdefault(name, {})
        for key, value in table.items():
            known[key] = [*known.get(key, []), *value] if isinstance(value, list) else value
    return found
