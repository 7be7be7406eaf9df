"""What Markdown and HTML share in writing a line or a row."""

from __future__ import annotations

FILLED = 100  # cells up to which a row is filled with empty ones


def trimmed(text: str) -> tuple[str, str, str]:
    """White space before, text, white space after: the white space stands outside any mark or link."""
    body = text.strip()
    if len(body) == len(text):
        return "", text, ""
    if not body:
        return text, "", ""
    start = text.index(body[0])
    return text[:start], body, text[start + len(body) :]
