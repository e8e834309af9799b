"""Documentation of the routes as a plain page, made from the OpenAPI document; it loads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

__all__ = ["STYLE", "reference_page"]

STYLE = """\
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid #8886; padding: 0.75rem 0; }
h3 { font: 600 1rem ui-monospace, monospace; margin: 0 0 0.25rem; }
h3 b { display: inline-block; min-width: 4.5rem; }
p { margin: 0.25rem 0; }
code { font-family: ui-monospace, monospace; }
table { border-collapse: collapse; margin: 0.5rem 0; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.2rem 1rem 0.2rem 0; vertical-align: top; }
"""


def reference_page(document: dict[str, Any]) -> str:
    """Return an OpenAPI document as HTML.

    Examples
    --------
    >>> page = reference_page({"info": {"title": "T", "version": "1", "description": "D"}, "paths": {}})
    >>> "<h1>T 1</h1>" in page
    True
    """
    info = document["info"]
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css">',
        '<link rel="icon" href="/static/icons/huefold.svg" type="image/svg+xml">',
        f"<title>{escape(info['title'])}</title></head><body><main>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{_prose(info['description'])}</p>",
        '<p>The same for programs: <a href="/openapi.json">openapi.json</a>. <a href="/">Open the studio.</a></p>',
        *_sections(document),
        "</main></body></html>",
    ]
    return "\n".join(lines)


def _sections(document: dict[str, Any]) -> Iterator[str]:
    tags: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            tag = about.get("tags", ["other"])[0]
            tags.setdefault(tag, []).append(_operation(document, method.upper(), path, about))
    for tag, operations in tags.items():
        yield f"<h2>{escape(tag.capitalize())}</h2>"
        yield from operations


def _operation(document: dict[str, Any], method: str, path: str, about: dict[str, Any]) -> str:
    rows = [
        _row(one["name"], one["in"], one.get("schema", {}), one.get("description", ""))
        for one in about.get("parameters", [])
    ]
    for kind, content in about.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(document, content.get("schema", {}))
        rows += [
            _row(name, kind, values, values.get("description", ""))
            for name, values in schema.get("properties", {}).items()
        ] or [_row("(body)", kind, {}, "")]
    head = "<tr><th>name</th><th>in</th><th>type</th><th></th></tr>"
    table = f"<table>{head}{''.join(rows)}</table>" if rows else ""
    text = _prose(about.get("description", ""))
    return f"<article><h3><b>{method}</b> {escape(path)}</h3><p>{text}</p>{table}</article>"


def _prose(text: str) -> str:
    """Return text as HTML, with text between one or two backticks as code."""
    return re.sub(r"(`{1,2})(.+?)\1", r"<code>\2</code>", escape(text))


def _row(name: str, place: str, schema: dict[str, Any], text: str) -> str:
    cells = (f"<code>{escape(name)}</code>", escape(place), escape(_kind(schema)), escape(text))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kind = str(schema.get("type", ""))
    return "file" if kind == "string" and ("contentMediaType" in schema or "format" in schema) else kind


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema, or the one that it refers to."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
