"""python -m worker.clean: clean a file, or what comes in on standard input, from a shell."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from config import logs
from config.settings import SettingsError, load
from worker.clean import Page, Rules, clean
from worker.clean.lexicon import lexicon
from worker.sites.load import load as load_sites

CLI_FORMATS = ("text", "markdown", "html", "json", "removed")
USAGE_ERROR = 2


def main() -> int:
    arguments = _parser().parse_args()
    try:
        body = sys.stdin.buffer.read() if arguments.file == "-" else Path(arguments.file).read_bytes()
    except OSError as error:
        print(f"{arguments.file}: {error.strerror or error}", file=sys.stderr)
        return USAGE_ERROR
    try:
        settings = load()
        logs.configure(settings)
        sites = load_sites(settings)
        lexicon(settings.phrases_dir)  # read here, where what is wrong with a file can be said
    except SettingsError as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    rules = Rules(phrases=settings.phrases_dir)
    page = clean(body, url=arguments.url, charset=arguments.charset, rules=rules, sites=sites)
    for note in page.notes:
        print(note, file=sys.stderr)
    try:
        print(_rendered(page, arguments.format), flush=True)
    except BrokenPipeError:  # `… | head` has seen enough
        sys.stderr.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m worker.clean", description="The clean text of a page.")
    parser.add_argument("file", metavar="FILE", help="a file of HTML or text; - for standard input")
    parser.add_argument("--url", help="the page's address: for its relative links and the rule for its site")
    parser.add_argument("--charset", help="the charset of its Content-Type header, if it had one")
    parser.add_argument("--format", choices=CLI_FORMATS, default="text")
    return parser


def _rendered(page: Page, form: str) -> str:
    if form in ("json", "removed"):
        stored = page.to_dict()
        return json.dumps(stored if form == "json" else stored["receipts"], ensure_ascii=False, indent=2)
    return str(getattr(page, form))


if __name__ == "__main__":
    sys.exit(main())
