"""Clean a page: from bytes to the text a person came to read. `clean` is pure: no network, no clock, no
Redis."""

from worker.clean.depth import Bounds
from worker.clean.page import Page, Receipt
from worker.clean.pipeline import clean
from worker.clean.rules.rule import Rules
from worker.jobs.options import Options

__all__ = ["Bounds", "Options", "Page", "Receipt", "Rules", "clean"]
