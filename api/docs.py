"""/docs: the OpenAPI document as one plain page, readable without JavaScript; forms send the examples."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

from api.problems import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = re.compile("`([^`]+)`")

FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pith: the API</title>
<link rel="stylesheet" href="static/pith.css">
<link rel="icon" href="static/icon.svg" type="image/svg+xml">
<script src="static/docs.js" defer></script>
</head>
<body>
<header>
<h1><a href="./">Pith</a> <small>{version}</small></h1>
<nav><a href="./">Try it</a> <a href="openapi.json">openapi.json</a></nav>
</header>
<main>
<p>{summary} Answers are JSON; what goes wrong is <code>application/problem+json</code> with a stable
<code>code</code>.</p>
<p><label>API key, if this service wants one <input id="key" type="password" autocomplete="off"></label></p>
{operations}
<h2 id="problems">Problems</h2>
<table><thead><tr><th>code</th><th>status</th><th>what happened</th><th>what to do</th></tr></thead>
<tbody>
{problems}
</tbody></table>
<h2 id="failures">Jobs that failed</h2>
<p>Their <code>error</code> has a <code>message</code> for people and a stable <code>code</code>.
{failures}</p>
</main>
</body>
</html>
"""


def render(document: dict[str, Any]) -> str:
    """The page for an OpenAPI 3.1 document."""
    info = document["info"]
    return FRAME.format(
        version=escape(info["version"]),
        summary=escape(info.get("summary", "")),
        operations="\n".join(operations(document)),
        problems="\n".join(problems()),
        failures=prose(document["components"]["schemas"]["ErrorAnswer"]["properties"]["code"]["description"]),
    )


def operations(document: dict[str, Any]) -> Iterator[str]:
    """One section for each method of each path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield section(method.upper(), path, operation)


def section(method: str, path: str, operation: dict[str, Any]) -> str:
    """What one operation does, takes and answers, and a form that sends it."""
    parts = [
        f'<details class="operation"><summary><code>{method} {escape(path)}</code>',
        f"{escape(operation['summary'])}</summary>",
        f"<p>{prose(operation.get('description', ''))}</p>",
        *body_fields(operation),
        *parameters(operation),
        form(method, path, operation),
        "<p>Answers: " + ", ".join(answers(operation)) + "</p></details>",
    ]
    return "\n".join(parts)


def body_of(operation: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of the JSON that the operation takes."""
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema


def body_fields(operation: dict[str, Any]) -> Iterator[str]:
    """A table of the fields of the body."""
    if not (schema := body_of(operation)):
        return
    yield "<table><thead><tr><th>field</th><th>default</th><th>what it does</th></tr></thead><tbody>"
    required = schema.get("required", ())
    for name, field in sorted(schema["properties"].items(), key=lambda item: item[0] not in required):
        default = "required" if name in required else json.dumps(field.get("default"))
        about = prose(field.get("description", ""))
        yield f"<tr><td><code>{name}</code></td><td>{escape(default)}</td><td>{about}</td></tr>"
    yield "</tbody></table>"


def form(method: str, path: str, operation: dict[str, Any]) -> str:
    """Inputs for the parameters and the body, filled with an example that works as it stands."""
    inputs = []
    if schema := body_of(operation):
        example = escape(json.dumps(schema["example"], indent=2))
        inputs.append(f'<label>Body <textarea name="body" rows="5">{example}</textarea></label>')
    inputs += [parameter_input(parameter) for parameter in operation.get("parameters", ())]
    return (
        f'<form data-method="{method}" data-path="{escape(path)}">{" ".join(inputs)} <button>Send</button>'
        '<pre class="answer" aria-live="polite" hidden></pre></form>'
    )


def parameter_input(parameter: dict[str, Any]) -> str:
    """An input for one parameter of the path, the query or the headers."""
    name = escape(parameter["name"])
    value = escape(str(parameter["schema"].get("default", "")))
    example = escape(parameter.get("example", ""))
    own = f'name="{name}" data-in="{parameter["in"]}" value="{value}" placeholder="{example}"'
    return f"<label>{name} <input {own}></label>"


def parameters(operation: dict[str, Any]) -> Iterator[str]:
    """A line for each parameter that has a description."""
    for parameter in operation.get("parameters", ()):
        if about := parameter.get("description"):
            yield f"<p><code>{escape(parameter['name'])}</code> {prose(about)}</p>"


def prose(text: str) -> str:
    """Text as HTML; what stands between backticks is code."""
    return CODE.sub(r"<code>\1</code>", escape(text))


def answers(operation: dict[str, Any]) -> Iterator[str]:
    """ "202 The job, not ended yet" and so on."""
    for status, response in operation["responses"].items():
        yield f"<code>{status}</code> {escape(response['description'])}"


def problems() -> Iterator[str]:
    """The table of codes; each line is what the `type` of a problem links to."""
    for code, kind in KINDS.items():
        yield (
            f'<tr id="problem-{code}"><td><code>{code}</code></td><td>{kind.status}</td>'
            f"<td>{escape(kind.title)}</td><td>{prose(kind.what_to_do)}</td></tr>"
        )
