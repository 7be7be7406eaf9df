"""What a command of the lab cannot do without: the one line that says so where it is not there."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TRAINING = ("catboost", "scipy", "sklearn")  # the extra `train` of pyproject.toml
FUZZING = ("atheris",)  # the extra `fuzz`
LOCKED = "pip install --require-hashes -r requirements-lab.lock"
ABSENT = 2  # exit code


class MissingError(Exception):
    """Something is not there; the message says what, and where it comes from."""


def need(*packages: str, install: str) -> None:
    """Raises MissingError for packages that are not installed, before work is done that they would waste."""
    if absent := [name for name in packages if find_spec(name) is None]:
        raise MissingError(f"{', '.join(absent)} not installed: {install}")


def told(main: Callable[[], int | None]) -> int:
    """Run a command; its exit code, or ABSENT and one line on stderr."""
    try:
        return main() or 0
    except MissingError as error:
        print(error, file=sys.stderr)
        return ABSENT
