"""Why the supervisor could not start."""

from __future__ import annotations


class StartFailed(RuntimeError):  # noqa: N818  (named for what happened)
    """The message is one line for the person who typed the command."""
