"""Pages made to be expensive, by what they do too much of. All text is the project's own."""

from __future__ import annotations

PROSE = "<p>" + "The river rose in the night, and by six the lower bridge was closed to all. " * 20 + "</p>"
BODY = "<html><body>"
LD = '<html><script type="application/ld+json">'
LISTS = "[" * 1000 + "]" * 1000  # as deep as Python recurses; orjson reads 1024
MIB = 1024 * 1024


def many(pattern: str, number: int) -> str:
    return "".join(pattern.replace("%", str(n)) for n in range(number))


# Each is a page's text; what matters is that all of it is read.
BOMBS: dict[str, str] = {
    "nested": BODY + "<div>" * 100_000 + "x",
    "nested-with-closers-in-comments": BODY + "<div><!--</div>-->" * 100_000 + "x",
    "nested-with-closers-of-others": BODY + "<div></b>" * 100_000 + "x",
    "nested-tables": BODY + "<table><tr><td>" * 30_000 + "x",
    "tables-in-tables": BODY + "<table><tr><td>" * 200 + "<table>" + "x<p>" * 100_000,
    "nested-lists": BODY + "<ul><li>" * 50_000 + "x",
    "nested-formatting": BODY + "<p><b><i><font>" * 25_000 + "x",
    "formatting-that-is-opened-again": BODY + many("<b a=%>", 900) + "<p>x" * 500,
    "formatting-that-is-opened-again-in-100-kb": BODY + many("<b a=%>", 3000) + "<p>x" * 15_000,
    "misnested": BODY + "<b><i><u><s><div></b></i></u></s>" * 5_000 + "x",
    "out-of-the-table": BODY + "<table>" + "x<b>" * 50_000,
    "foreign": BODY + "<svg><math><mi><foreignObject><div>" * 20_000 + "x",
    "choices": BODY + "<select>" + "<option>x" * 400_000,
    "siblings": BODY + "<p>x" * 40_000,
    "a-million-siblings": BODY + "<i></i>" * 1_000_000,
    "breaks": BODY + "x<br>" * 200_000,
    "comments": BODY + "<!---->" * 1_000_000,
    "closing-tags": BODY + "</p></br></div>" * 100_000,
    "one-attribute-of-50-mb": BODY + "<p title='" + "a " * 25 * MIB + "'>x",
    "one-class-of-10-mb": BODY + "<p class='" + "a1b2 " * 2 * MIB + "'>" + PROSE,
    "one-style-of-10-mb": BODY + "<p style='" + "color: none;" * 900_000 + "'>x",
    "200,000-attributes": BODY + "<p " + many("a%=1 ", 200_000) + ">x",
    "200,000-attributes-of-a-closing-tag": BODY + "<p></p " + many("a%=1 ", 200_000) + ">x",
    "500-tags-of-2,000-attributes": BODY + ("<p " + many("a%=1 ", 2_000) + ">x</p>") * 500,
    "250,000-attributes-of-tags'-ends": BODY + "<p " + many("a%='>' ", 250_000) + ">x",
    "entities": BODY + "&amp;&lt;&#x41;&nbsp;&CounterClockwiseContourIntegral;" * 20_000,
    "ampersands": BODY + "&" * 100_000,
    "numbers-of-no-character": BODY + "&#9999999999;&#0;&#xD800;&#x110000;" * 50_000,
    "nul": BODY + PROSE + "\0" * MIB + "a\0b " * 100_000,
    "lone-surrogates": BODY + "<p class='\ud800' title='\udfff'>\ud800\udfff word</p>" * 10_000,
    "unclosed-comments": BODY + "<!-- " * 500_000,
    "unclosed-quote": BODY + "<p a='" + "<p>x" * 500_000,
    "unclosed-scripts": BODY + "<script><!--" * 200_000,
    "unclosed-tags": BODY + "<a" * MIB,
    "unclosed-blanks": BODY + "<a " * MIB,
    "signs": BODY + "<" * MIB,
    "one-line": BODY + "word " * 400_000,
    "one-word": BODY + "w" * 10 * MIB,
    "one-line-of-names": BODY + "By Anna Berg, " * 100_000,
    "one-line-of-dates": BODY + "12 March 2020 " * 100_000,
    "blanks": BODY + "x" + " " * 10 * MIB + "y",
    "empty-lines": BODY + "<pre>x" + "\n" * 5 * MIB + "y",
    "bidi": BODY + PROSE + "\u202e\u2066\u200f" * 300_000 + "word",
    "zero-width": BODY + "a\u200b" * 500_000,
    "combining": BODY + "a" + "\u0301" * MIB,
    "no-tags": "word " * 400_000,
    "no-tags-many-lines": "x\n\n" * 100_000,
    "spans-of-cells": BODY + "<table><tr>" + "<td colspan=100000>x" * 1000 + "<td rowspan=65534>y",
    "wide-table": BODY + "<table>" + ("<tr>" + "<td>x" * 1000) * 40,
    "long-table": BODY + PROSE + "<table>" + "<tr><td>x<td>y" * 20_000,
    "base": f"<base href='http://a.example/{'a/' * MIB}'>" + BODY + "<p>word <a href=x>y</a>" * 40_000,
    "zeros-of-a-style": BODY + "<p style='opacity:" + "0" * MIB + "x'>" + PROSE,
    "prompts": BODY + ("<p>" + "Click here to subscribe to our newsletter! " * 3) * 20_000,
    "links": BODY + "<p><a href=/x>a link to somewhere</a></p>" * 30_000,
    "long-link": BODY + "<a href='" + "a/../" * MIB + "'>a link to somewhere</a>",
    "pictures-inline": BODY + ("<img src='data:image/png;base64," + "A" * 200_000 + "'>") * 40 + PROSE,
    "forms": BODY + "<select><option>x" * 20_000 + "<input><button>y" * 20_000,
    "json-ld-of-8-mb": LD + "[" + '{"@type":"Article","author":"A Berg"},' * 200_000 + "1]</script>" + PROSE,
    "json-ld-nested": LD + "[" * 500_000 + "]" * 500_000 + "</script>" + PROSE,
    "json-ld-nested-broken": LD + '{"@graph":' * 100_000 + "</script>" + PROSE,
    "json-ld-names-in-lists": LD + '{"@type":"Article","author":' + LISTS + "}</script>" + PROSE,
    "json-ld-images-in-lists": LD + '{"@type":"Article","image":' + LISTS + "}</script>" + PROSE,
    "json-ld-commas": LD + "{" + ", " * MIB + "</script>" + PROSE,
    "json-ld-scripts": "<html>" + (LD[6:] + '{"@type":"Article"}</script>') * 20_000 + PROSE,
    "metas": "<html><head>" + "<meta name=author content='A B'>" * 50_000 + BODY + PROSE,
    "long-metas": f"<meta name=author content='{'By Anna, ' * MIB}'><title>{'A | ' * MIB}</title>" + PROSE,
    "headings": "<html><title>River bridge</title><body>" + "<h1>River bridge</h1>" * 5_000 + PROSE,
    "bylines": BODY + "<p class=byline>By Anna Berg, 12 March 2020</p>" * 5_000 + PROSE,
    "rules-of-style": "<html><style>" + many(".c%{display:none}", 100_000) + "</style>" + PROSE,
    "hidden": BODY + "<div hidden>x</div><i style='opacity:0'>y</i>" * 20_000 + PROSE,
    "same-text": BODY + "<p>The same words again and again here.</p>" * 25_000,
    "comment-section": BODY + "<div class=comment><p>Anna wrote this on 12 March</p></div>" * 15_000 + PROSE,
    "comment-sections-and-forms": BODY + PROSE + "<form></form><div><p>Comments</p><p>x</div>" * 60_000,
    "authors-late-in-a-line": BODY + "<h1>x</h1><p>" + "<i></i>" * 200_000 + "<b class=author>x</b>" * 3_000,
    "markdown": BODY + "<p>" + "[(*_`#|" * 100_000,
}  # fmt: skip
