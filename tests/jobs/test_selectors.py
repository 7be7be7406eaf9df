"""What a caller's selector is cut into, and what is not taken of it."""

from __future__ import annotations

import pytest

from worker.jobs.selectors import MOST_STEPS, SelectorError, Step, check, steps


@pytest.mark.parametrize(
    ("selector", "chains"),
    [
        ("p", [[("", "p")]]),
        (" div  p.a\n>b ", [[("", "div"), (" ", "p.a"), (">", "b")]]),
        ("a~b+c , d", [[("", "a"), ("~", "b"), ("+", "c")], [("", "d")]]),
        ("a[href='x, y > \\'z'] b", [[("", "a[href='x, y > \\'z']"), (" ", "b")]]),
        ('[title="a ~ (b"]', [[("", '[title="a ~ (b"]')]]),
        ("p\\:x\\ y z", [[("", "p\\:x\\ y"), (" ", "z")]]),
        ("p:not(.a, [b = 'c d']) i", [[("", "p:not(.a, [b = 'c d'])"), (" ", "i")]]),
        ("tr:NTH-child( 2n + 1 ) td", [[("", "tr:NTH-child( 2n + 1 )"), (" ", "td")]]),
        ("div:has( > img )", [[("", "div:has( > img )")]]),
        ("a:not(b + c > d) ~ e", [[("", "a:not(b + c > d)"), ("~", "e")]]),
    ],
)
def test_a_selector_is_cut_at_its_combinators(selector: str, chains: list[list[tuple[str, str]]]) -> None:
    assert steps(selector) == [[Step(*step) for step in chain] for chain in chains]


@pytest.mark.parametrize(
    "selector",
    [
        "", " ", "> p", "p >", "p + + p", "p,", ",p", "p,,q",
        "* " * MOST_STEPS + "*", ",".join("p" * (MOST_STEPS + 1)),
        ":has(:has(p))", ":not(:is(p))", ":has(p i)", ":not(a ~ b)", ":is(a, b c)", ":has(~ p)",
        ":nth-child(2 of p i)", ":lexbor-contains('x')", ":unheard-of(x)",
    ],
)  # fmt: skip
def test_a_selector_without_end_or_sense_is_not_taken(selector: str) -> None:
    with pytest.raises(SelectorError):
        check(selector)
