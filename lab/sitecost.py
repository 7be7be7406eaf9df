"""What rules for sites cost a page: one of ours, one of fivefilters', a list of adverts' selectors, none.

The list is generated: SHAPES says what it is made of, and one name in five is short, so that pages have it
now and then. Times are CPU of this process.
"""

from __future__ import annotations

import pickle
import random
import statistics
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

from lab import sets
from worker.clean import clean
from worker.clean.adverts import adverts
from worker.clean.blocks import walk
from worker.clean.by_site import advice, fields
from worker.clean.lexicon import lexicon
from worker.clean.metadata import metadata
from worker.clean.query import query
from worker.clean.scene import scene
from worker.sites.cosmetic import read_list
from worker.sites.rule import NO_SITE, Site, Sites, host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lab.sets import Sample
    from worker.clean.metadata import Metadata
    from worker.clean.scene import Scene
    from worker.sites.cosmetic import CosmeticList

RULES = 30_000
ROUNDS = 3  # of which a page's median counts
WARM_UP = 10  # pages before the clock counts
SEED = 7
WORDS = (
    *("ad", "ads", "advert", "banner", "sponsor", "promo", "teaser", "box", "top", "side", "leader", "sky"),
    *("native", "widget", "slot", "unit", "container", "wrap", "inline", "mobile", "desk", "google", "dfp"),
)
# Shape of a rule and how many of a hundred have it; %s is a name, %d a number.
SHAPES = (
    *(("##.%s", 34), ("###%s", 22), ("site%d.example##.%s", 20), ("site%d.example##div > .%s:not(.x)", 4)),
    *(
        ('##a[href^="https://%s.example/"]', 8),
        ('##[data-%s="%d"]', 3),
        ('##div[class*="%s-%d"]', 1),
        ('##div[id^="%s-%d"]', 2),
    ),
    *(("##.%s > div[id]", 3), ("##%s-%d", 1), ("##div:has(> .%s)", 1), ("site%d.example#@#.%s", 1)),
)


def generated(count: int) -> list[str]:
    """The lines of a list with so many rules; always the same."""
    chance = random.Random(SEED)
    shapes, shares = zip(*SHAPES, strict=True)
    return [_rule(shape, chance) for shape in chance.choices(shapes, shares, k=count)]


def _rule(shape: str, chance: random.Random) -> str:
    name = "-".join(chance.choices(WORDS, k=chance.randint(1, 3)))
    if chance.random() < 0.8:  # the rest are short names, as pages may have them
        name += f"-{chance.randint(1, 9999)}"
    filled = shape.replace("%s", name)
    return filled.replace("%d", str(chance.randint(1, 5000)))


CSS = Site(
    "css",
    text=("main", "body"),
    keep=(".story p", "figcaption"),
    drop=(".promo", "aside > div"),
    title=("h1",),
)
XPATH = Site(
    "xpath",
    text=("//main", "//body"),
    drop=("//div[contains(@class, 'promo')]", "//aside/div[1]", "//p[starts-with(., 'Our')]"),
    title=("//meta[@property='og:title']/@content", "//h1"),
    xpath=True,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules that are measured: for any host, and the stage of cleaning that they are for."""

    name: str
    sites: Callable[[str], Sites]
    alone: Callable[[Scene, Metadata, str], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of CPU a page: of all of clean, and of what obeys the rules alone."""

    name: str
    page: float
    alone: float
    median: float
    most: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Once: milliseconds to read the list, and to hand it to a cleaning child."""

    read: float
    handed: float
    megabytes: float


def read_generated() -> tuple[CosmeticList, Reading]:
    """The list of RULES selectors, and what it costs to have it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.txt"
        path.write_text("\n".join(generated(RULES)), "utf-8")
        start = process_time()
        known = read_list(path)
        read = process_time()
    packed = pickle.dumps(known)
    pickle.loads(packed)  # noqa: S301  what multiprocessing does
    handed = process_time()
    return known, Reading(1000 * (read - start), 1000 * (handed - read), len(packed) / 1e6)


def _obey(site: Site) -> Callable[[Scene, Metadata, str], object]:
    def alone(view: Scene, known: Metadata, _: str) -> object:
        page = query(view.document, xpath=site.xpath)
        return fields(known, site, page), advice(view, site, page)

    return alone


def measured(known: CosmeticList) -> tuple[Rules, ...]:
    """What is compared."""
    return (
        Rules("none", lambda _: Sites(), _obey(NO_SITE)),
        Rules("a rule in CSS: five selectors and a title", lambda host: Sites({host: CSS}), _obey(CSS)),
        Rules("a rule in XPath: five paths and a title", lambda host: Sites({host: XPATH}), _obey(XPATH)),
        Rules(
            f"a list of {RULES} selectors",
            lambda _: Sites(cosmetic=known),
            lambda view, _, host: adverts(view, known, host),
        ),
    )


def costs(samples: Sequence[Sample], rules: Sequence[Rules]) -> list[Cost]:
    """The cost of each, page by page in turn."""
    for sample in samples[:WARM_UP]:
        _page(sample, rules)
    pages = [_page(sample, rules) for sample in samples]
    found = []
    for number, rule in enumerate(rules):
        whole, alone = zip(*(page[number] for page in pages), strict=True)
        middle = statistics.median(alone)
        found.append(Cost(rule.name, statistics.fmean(whole), statistics.fmean(alone), middle, max(alone)))
    return found


def _page(sample: Sample, rules: Sequence[Rules]) -> list[tuple[float, float]]:
    """For each of the rules: milliseconds of clean, and of what obeys them."""
    document, host = walk(sample.html), host_of(sample.url)
    known = metadata(document, sample.url)
    view = scene(document, known, lexicon())
    rounds = [
        [_lap(sample, rule.sites(host), partial(rule.alone, view, known, host)) for rule in rules]
        for _ in range(ROUNDS)
    ]
    return [_middle(laps) for laps in zip(*rounds, strict=True)]


def _lap(sample: Sample, sites: Sites, alone: Callable[[], object]) -> tuple[float, float]:
    start = process_time()
    clean(sample.html, url=sample.url, sites=sites)
    middle = process_time()
    alone()
    return 1000 * (middle - start), 1000 * (process_time() - middle)


def _middle(laps: Sequence[tuple[float, float]]) -> tuple[float, float]:
    whole, alone = zip(*laps, strict=True)
    return statistics.median(whole), statistics.median(alone)


def tables(data: Path, names: Sequence[str], most: int | None) -> list[tuple[list[str], list[list[str]]]]:
    """The figures as tables: head and rows."""
    samples = sets.load(data, names, most)
    known, reading = read_generated()
    rows = [
        [c.name, f"{c.page:.2f}", f"{c.alone:.2f}", f"{c.median:.2f}", f"{c.most:.1f}"]
        for c in costs(samples, measured(known))
    ]
    once = [f"{reading.read:.0f}", f"{reading.handed:.0f}", f"{reading.megabytes:.1f}"]
    head = ["rules", "CPU ms a page", "of it the rules, mean", "median", f"most, of {len(samples)} pages"]
    return [(head, rows), (["reading the list, ms", "handing it to a child, ms", "MB"], [once])]
