"""The log: structured events on stderr, as text for people or as JSON for machines (settings.log_format)."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from config.settings import Settings

OURS = ("__main__", "api", "config", "lab", "worker")
SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(settings: Settings) -> None:
    """Send our events and those of libraries (standard logging) the same way. Once, as a process starts."""
    as_json = settings.log_format == "json"
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    traces = [structlog.processors.dict_tracebacks] if as_json else []
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=SHARED, processors=[strip, *traces, last])
    )
    level = logging.getLevelNamesMapping()[settings.log_level]
    # Of libraries only what is wrong, whatever the level: hpack, for one, would tell a caller's headers.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)
