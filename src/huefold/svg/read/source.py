"""Loading of untrusted SVG documents: from a file, bytes or text to elements."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import zlib
from pathlib import Path as FilePath

from lxml import etree

from huefold.errors import SvgError
from huefold.svg.read.limits import MAX_BYTES

__all__ = ["SVG", "XLINK", "load", "local_name", "parse_xml"]

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

_GZIP = b"\x1f\x8b"

# The document type that older editors write: it names a file and declares nothing.
_PLAIN_DOCTYPE = re.compile(
    r"""<!DOCTYPE\s+svg\s*(?:PUBLIC\s*(?:"[^"<>]*"|'[^'<>]*')\s*|SYSTEM\s*)?(?:"[^"<>]*"|'[^'<>]*')?\s*>"""
)


def load(source: str | bytes | os.PathLike[str]) -> tuple[bytes, str | None]:
    """Return a document, and the name of its file if it has one.

    The source is SVG text (a string that starts with ``<``), its bytes, or the name of a file; or the same gzipped.
    `SvgError` if it cannot be read or unpacked, or there are more than 64 MiB.
    """
    name = None
    if isinstance(source, bytes):
        content = source
    elif isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        content = source.encode("utf-8", "surrogatepass")
    else:
        name = os.fspath(source)
        content = _load_file(FilePath(name))
    if content.startswith(_GZIP):
        content = _unzipped(content)
    if len(content) > MAX_BYTES:
        raise SvgError(f"the SVG has more than {MAX_BYTES >> 20} MiB; files of that size are not read")
    return content, name


def parse_xml(content: bytes) -> etree._Element:
    """Return the root of a document; `SvgError` if it is not UTF-8, not well-formed, no SVG, or has entities."""
    if not content.strip():
        raise SvgError("the SVG is not well-formed XML: it is empty")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SvgError("the SVG is UTF-16 text; save it as UTF-8")
    if b"\0" in content[:1024]:
        raise SvgError("it is a binary file, not an SVG")
    root = _parse(_without_document_type(_decoded(content)))
    if root.tag != f"{SVG}svg":
        raise SvgError(f"the document is <{local_name(root)}>, not <svg xmlns='http://www.w3.org/2000/svg'>")
    return root


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _load_file(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SvgError(f"cannot read '{path}': {reason}", path=os.fspath(path)) from error


def _unzipped(content: bytes) -> bytes:
    """Unpack an .svgz, up to just beyond the limit: a few bytes may hold gigabytes."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SvgError(f"the compressed SVG is damaged: {error}") from error


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SvgError(f"the SVG is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def _without_document_type(text: str) -> str:
    """Drop a document type without declarations; refuse any other.

    libxml2 always expands entities in attribute values; without a document type there are none.
    """
    if "<!DOCTYPE" in text:
        text = _PLAIN_DOCTYPE.sub("", text, count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SvgError("the SVG has a document type declaration (<!DOCTYPE>) with contents; remove it")
    return text


def _parse(text: str) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise SvgError(f"the SVG is not well-formed XML: {error.msg}") from error
