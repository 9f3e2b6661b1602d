"""The page ``/docs``: the OpenAPI document as one HTML page without scripts.

The pages of Swagger and ReDoc load scripts from other hosts, so they stay blank in a closed
network; docs/decisions/0012-http-libraries.md has the comparison.
"""

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, Final

__all__ = ["CONTENT_SECURITY_POLICY", "render"]

#: The page may only show itself and send its form to this service.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
)

_STYLE: Final = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { background: rgb(128 128 128 / 12%); padding: .75rem; overflow-x: auto; white-space: pre-wrap }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem }
h2 { border-top: 1px solid #8888; padding-top: 1rem; margin-top: 2rem }
h2 code { font-size: 1.1rem }
nav li { list-style: none }
td { vertical-align: top; padding: .15rem 1rem .15rem 0 }
summary { cursor: pointer; padding: .15rem 0 }
form { background: rgb(0 128 96 / 12%); padding: .75rem }
"""

_TRY: Final = """<form action="predict" method="post" enctype="multipart/form-data">
<label>Recordings <input type="file" name="files" multiple required></label>
<button>Classify</button></form>
<p>From a terminal: <code>curl -F files=@cry.wav …/predict</code></p>"""


def render(document: dict[str, Any]) -> str:
    """An OpenAPI document as one HTML page."""
    info = document["info"]
    body = [
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        _text(info["description"]),
        '<p><a href="./">The page</a> · <a href="openapi.json">openapi.json</a> for programs</p>',
        _contents(document["paths"]),
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {escape(path)}"
            body.append(f'<h2 id="{_anchor(method, path)}"><code>{name}</code></h2>')
            body.append(f"<p><b>{escape(operation['summary'])}.</b></p>")
            body.append(_text(operation["description"]))
            if path == "/predict":
                body.append(_TRY)
            body += map(_answer, operation["responses"].items())
    body.append("<h2>Schemas of the responses</h2>")
    body += _schemas(document["components"]["schemas"])
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>"
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>'


def _contents(paths: dict[str, dict[str, Any]]) -> str:
    """A list of all paths, with links to their descriptions."""
    items = "".join(
        f'<li><a href="#{_anchor(method, path)}"><code>{method.upper()} {escape(path)}</code></a>'
        f" {escape(operation['summary'])}</li>"
        for path, operations in paths.items()
        for method, operation in operations.items()
    )
    return f'<nav aria-label="Paths"><ul>{items}</ul></nav>'


def _anchor(method: str, path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{method}{path}".lower())


def _text(text: str) -> str:
    """Paragraphs of plain text with code in backticks."""
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return "".join(f"<p>{paragraph}</p>" for paragraph in escaped.split("\n\n"))


def _answer(item: tuple[str, dict[str, Any]]) -> str:
    status, response = item
    head = f"<code>{escape(status)}</code> {escape(response['description'])}"
    examples = [
        f"<p>{escape(example['summary'])}</p><pre>{_json(example['value'])}</pre>"
        for content in response.get("content", {}).values()
        for example in _examples(content)
    ]
    opened = " open" if status.startswith("2") else ""
    return f"<details{opened}><summary>{head}</summary>{''.join(examples)}</details>"


def _examples(content: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if "example" in content:
        return [{"summary": "Example", "value": content["example"]}]
    found: dict[str, dict[str, Any]] = content.get("examples", {})
    return found.values()


def _schemas(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        rows = "".join(
            f"<tr><td><code>{escape(key)}</code></td><td>{escape(field.get('description', ''))}"
            "</td></tr>"
            for key, field in schema.get("properties", {}).items()
        )
        summary = schema.get("description", "").split("\n")[0]
        yield f"<h3>{escape(name)}</h3>{_text(summary)}<table>{rows}</table>"


def _json(value: object) -> str:
    return escape(json.dumps(value, indent=2, ensure_ascii=False))
