"""Generated pages: nested HTML that no person would write, for properties that must hold on any page."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = st.sampled_from(
    [
        *("river", "bridge", "cookies", "accept", "share", "par", "comments", "Related", "water", "stone"),
        *("the", "of", "and", "Newsletter", "12", "été", "水", "ночь"),
    ]
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
TAGS = st.sampled_from(
    [
        *(
            "div",
            "p",
            "span",
            "a",
            "ul",
            "li",
            "h1",
            "h2",
            "b",
            "td",
            "tr",
            "table",
            "nav",
            "footer",
            "button",
        ),
        *(
            "section",
            "article",
            "pre",
            "blockquote",
            "figure",
            "figcaption",
            "script",
            "style",
            "noscript",
            "form",
        ),
        *("svg", "template", "select", "option", "textarea", "iframe", "dialog"),
    ]
)
ATTRIBUTES = st.sampled_from(
    [
        *("", "", "", ' class="related"', ' id="comments"', ' style="display:none"', " hidden", ' href="/a"'),
        *(' class="cookie-consent"', ' role="navigation"', ' href="javascript:alert(1)"', ' onclick="x()"'),
    ]
)


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.lists(children, max_size=5).map(" ".join)
    closed = st.builds(lambda tag, attrs, body: f"<{tag}{attrs}>{body}</{tag}>", TAGS, ATTRIBUTES, inner)
    left_open = st.builds(lambda tag, attrs, body: f"<{tag}{attrs}>{body}", TAGS, ATTRIBUTES, inner)
    return closed | left_open


MARKUP = st.recursive(
    SENTENCES | st.sampled_from(["<br>", "<br><br>", "<hr>", "&amp;", "<!-- c -->"]), _element
)
PAGES = st.lists(MARKUP, min_size=1, max_size=6).map(
    lambda parts: "<html><body>" + "".join(parts) + "</body></html>"
)
