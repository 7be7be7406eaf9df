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


# Bytes that a site sends to break what reads them: halves of tags, no characters, styles.
BROKEN = st.sampled_from(
    [
        *(
            "<",
            "</",
            "<!",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "&",
            "&#",
            "&#0;",
            "&#xD800;",
            "\0",
            "\ud800",
            "\ufeff",
        ),
        *(
            "\u202e",
            "\u200b",
            "<p",
            "<p a='",
            '<p a="',
            "'>",
            '">',
            "</p",
            "<script>",
            "<style>",
            "<textarea>",
            "<title>",
        ),
        *(
            "<plaintext>",
            "<frameset>",
            "<table>",
            "<svg>",
            "<math>",
            "<select>",
            "<template>",
            "{",
            "}",
            ".a{display:none}",
        ),
        *(
            "<b><p></b>",
            "</body>",
            "</html>",
            "<html>",
            "<body>",
            "<base href=//[>",
            "<a href='http://[::1'>",
            "<br/>",
        ),
    ]
)
BROKEN_PAGES = st.lists(MARKUP | BROKEN, min_size=1, max_size=30).map("".join)
# One element inside the other, a few kinds in turn, to depths that no page has; some of them closed.
NESTED_PAGES = st.builds(
    lambda tags, depth, closing: (
        "".join(f"<{tag}>x" for tag in tags) * depth + "".join(f"</{tag}>" for tag in tags[::-1]) * closing
    ),
    st.lists(TAGS, min_size=1, max_size=4),
    st.integers(1, 3000),
    st.integers(0, 3000),
)
