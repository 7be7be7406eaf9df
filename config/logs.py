"""The log: structured events on stderr, as text for people or as JSON for machines (settings.log_format).

What a stranger sent can stand in an event, so an event is one line, of characters that a terminal only
shows; the lines of a traceback begin with a bar. Values of local variables, which may be keys or pages, are
not told.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TYPE_CHECKING, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer

if TYPE_CHECKING:
    from structlog.typing import EventDict, ExcInfo, Processor

    from config.settings import Settings

OURS = ("__main__", "api", "config", "lab", "worker")
SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
BAR = "  | "


def shown(text: str) -> str:
    """`text` with what a terminal would act on, or turn around, written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A processor: what a stranger sent cannot begin a line of its own."""
    return {name: shown(value) if isinstance(value, str) else value for name, value in event.items()}


def traceback_lines(stream: TextIO, error: ExcInfo) -> None:
    """A formatter of exceptions, for ConsoleRenderer."""
    lines = "".join(traceback.format_exception(*error)).splitlines()
    stream.write("".join(f"\n{BAR}{shown(line)}" for line in lines))


LAST: dict[str, tuple[Processor, ...]] = {
    "text": (
        one_line,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=traceback_lines),
    ),
    "json": (
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(),
    ),
}


def configure(settings: Settings) -> None:
    """Send our events and those of libraries (standard logging) the same way. Once, as a process starts."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED, processors=[strip, *LAST[settings.log_format]]
        )
    )
    level = logging.getLevelNamesMapping()[settings.log_level]
    # Of libraries only what is wrong, whatever the level: hpack, for one, would tell a caller's headers.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)
