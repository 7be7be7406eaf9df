"""What can be seen of docker-compose.yml and its .env without an engine."""

from __future__ import annotations

import re

from config.settings import MIB, Settings, variable
from lab.compose import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
OF_COMPOSE = {name for name, _ in re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE)}
DEFAULTS = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE))
# The key has its place in the volume, and the Redis there a limit of its own, REDIS_MAXMEMORY.
NOT_HANDED_ON = {"PITH_KEY_FILE", "PITH_VALKEY_MEMORY"}
FOR_THE_WORKER = 512 * MIB  # the worker itself, beside its cleaning children


def settings() -> set[str]:
    """Every variable that Pith reads."""
    return {variable(field) for field in Settings.model_fields}


def test_every_setting_can_be_set_under_docker_compose() -> None:
    handed_on = set(re.findall(r"^ +(PITH_\w+|REDIS_URL):", COMPOSE, re.MULTILINE))
    assert handed_on == settings() - NOT_HANDED_ON


def test_the_example_shows_every_variable_of_docker_compose_and_no_unknown_one() -> None:
    shown = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert shown >= OF_COMPOSE
    assert not shown - settings() - OF_COMPOSE


def test_the_example_sets_nothing_as_it_is() -> None:
    assert all(line.startswith("#") for line in EXAMPLE.splitlines() if line.strip())


def test_the_worker_and_all_its_cleaning_children_fit_into_its_memory() -> None:
    children = int(DEFAULTS["PITH_CLEANERS"]) * int(DEFAULTS["PITH_CLEAN_MEMORY"])
    assert DEFAULTS["WORKER_MEMORY"] == "2g"
    assert children + FOR_THE_WORKER <= 2048 * MIB


def test_a_worker_gets_longer_to_stop_than_the_pages_in_flight() -> None:
    worker = COMPOSE[COMPOSE.index("\n  worker:") :]
    given = re.search(r"stop_grace_period: (\d+)s", worker)
    assert given
    assert int(given[1]) >= 2 * Settings().grace
