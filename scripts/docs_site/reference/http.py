"""The page of the HTTP interface, from the OpenAPI document of the service."""

import json
from collections.abc import Iterator
from typing import Any, Final

from scripts.docs_site.tables import cell, code, table
from vocalbaby.api.app import create_app
from vocalbaby.api.openapi.document import describe
from vocalbaby.api.settings import Settings

__all__ = ["pages"]

_HEAD: Final = """\
# HTTP

This page lists the paths of the service, with their parameters, responses and schemas. A running
service shows the same at `/docs`, and as an OpenAPI document at `/openapi.json`. [The HTTP
service](../api.md) is the guide, with examples.

"""
_TITLES: Final = {"v2": "Open Inference Protocol"}
#: A part of the OpenAPI document.
_Json = dict[str, Any]


def pages() -> dict[str, str]:
    """Path -> text of the page."""
    document = describe(create_app(Settings()))
    rows = [
        (f"[{code(f'{method.upper()} {path}')}](#{_anchor(method, path)})", cell(call["summary"]))
        for path, method, call in _calls(document)
    ]
    parts = [_HEAD, table(("request", "purpose"), rows)]
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for tag, description in tags.items():
        parts.append(f"\n## {_TITLES.get(tag, tag.capitalize())}\n\n{description}\n")
        for path, method, call in _calls(document):
            if tag in call.get("tags", ()):
                parts += _call(path, method, call)
    parts.append("\n## Schemas\n")
    for name, schema in document["components"]["schemas"].items():
        parts += _schema(name, schema)
    return {"reference/http.md": "".join(parts)}


def _calls(document: _Json) -> Iterator[tuple[str, str, _Json]]:
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            yield path, method, call


def _call(path: str, method: str, call: _Json) -> Iterator[str]:
    yield f"\n### `{method.upper()} {path}` {{ #{_anchor(method, path)} }}\n\n"
    yield f"{call['summary']}.\n\n{call.get('description', '')}\n\n"
    if parameters := call.get("parameters"):
        named = (
            (code(item["name"]), str(item["in"]), _type(item["schema"]), _about(item))
            for item in parameters
        )
        yield table(("parameter", "in", "type", "meaning"), named) + "\n"
    if body := call.get("requestBody"):
        kinds = ", ".join(code(kind) for kind in body["content"])
        yield f"Body: {kinds}. {body.get('description', '')}\n\n"
    rows = (
        (code(status), cell(response["description"]), _content(response))
        for status, response in sorted(call["responses"].items())
    )
    yield table(("status", "meaning", "content"), rows)
    for status, response in sorted(call["responses"].items()):
        for summary, value in _examples(response):
            text = json.dumps(value, indent=2, ensure_ascii=False)
            block = f"```json\n{text}\n```".replace("\n", "\n    ")
            yield f'\n??? example "{status}: {summary.replace(chr(34), chr(39))}"\n\n    {block}\n'


def _content(response: _Json) -> str:
    return ", ".join(
        code(kind) + (f" {_type(content['schema'])}" if content.get("schema") else "")
        for kind, content in response.get("content", {}).items()
    )


def _examples(response: _Json) -> Iterator[tuple[str, object]]:
    for content in response.get("content", {}).values():
        if "example" in content:
            yield "Example", content["example"]
        for example in content.get("examples", {}).values():
            yield example["summary"], example["value"]


def _schema(name: str, schema: _Json) -> Iterator[str]:
    yield f"\n### {name} {{ #schema-{name.lower()} }}\n\n{schema.get('description', '')}\n\n"
    required = schema.get("required", ())
    rows = (
        (code(key), _type(field), "yes" if key in required else "", _about(field))
        for key, field in schema.get("properties", {}).items()
    )
    if "properties" in schema:
        yield table(("key", "type", "required", "meaning"), rows)
    elif "enum" in schema:
        yield ", ".join(map(code, schema["enum"])) + "\n"


def _about(field: _Json) -> str:
    text = cell(field.get("description", ""))
    default = field.get("schema", field).get("default")
    return text if default is None else f"{text} (default: {code(default)})".strip()


def _type(schema: _Json) -> str:
    """The type of a value, with links to the schemas that it refers to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#schema-{name.lower()})"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_type(one) for one in schema[key])
    if "enum" in schema:
        return ", ".join(map(code, schema["enum"]))
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"array of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return kind


def _anchor(method: str, path: str) -> str:
    return "-".join([method, *filter(None, path.translate(_PLAIN).split("/"))]).rstrip("-")


_PLAIN: Final = {ord(sign): None for sign in "{}."}
