"""Extractors in node are optional: what is said where node's packages are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab import javascript

if TYPE_CHECKING:
    from pathlib import Path


def test_without_its_packages_an_extractor_in_javascript_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(javascript.NodeError, match="npm ci"):
        javascript.Extractor("defuddle", tmp_path)
