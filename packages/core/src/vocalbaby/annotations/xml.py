"""XML that comes from elsewhere: no entities, no document types, and errors with lines."""

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat
from xml.sax.saxutils import escape

from vocalbaby.annotations.text import SourceName

__all__ = ["as_text", "attribute", "content", "element", "parse", "parse_children"]

#: Deeper nesting than any format of annotations has.
_DEEPEST: Final = 50

_LINE: Final = {"\r": "&#13;"}
_QUOTED: Final = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;", '"': "&quot;"}

#: All that XML 1.0 cannot hold, not even as a reference, with what stands in its place.
_FORBIDDEN: Final = dict.fromkeys(
    (*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"
)


def parse(data: bytes, source: SourceName, root: str) -> Element:
    """Read an XML document.

    Prefixes of namespaces are kept as they are. A document type definition is refused, since
    it could define entities that expand without bound or read other files; no format of
    annotations needs one.

    Args:
        data: The document.
        source: Its name, for errors.
        root: Name of the outermost element.

    Raises:
        DataError: The document is not well-formed, has a document type definition, is nested
            deeper than any annotations are, or is another one.
    """
    tree = TreeBuilder()
    parser = expat.ParserCreate()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise source.error("Its elements are nested too deep.", line=parser.CurrentLineNumber)
        tree.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        tree.end(tag)

    def refuse(*_: object) -> None:
        raise source.error(
            "The file has a document type definition (DOCTYPE), which is not read.",
            line=parser.CurrentLineNumber,
            hint="Remove it, or save the file again with the program that made it.",
        )

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = tree.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the function takes no keywords
    except (expat.ExpatError, LookupError, ValueError) as error:
        reason = expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else error
        line = parser.CurrentLineNumber
        hint = "Open it in the program that made it, and save it again."
        raise source.error(f"The XML is damaged: {reason}.", line=line, hint=hint) from None
    found: Element = tree.close()
    if found.tag != root:
        raise source.error(f"The outermost element is {found.tag[:40]}, and should be {root}.")
    return found


def parse_children(text: str, source: SourceName) -> list[Element]:
    """Read elements that stand side by side, as `as_text` writes them."""
    return list(parse(f"<elements>{text}</elements>".encode(), source, "elements"))


def as_text(found: Element) -> str:
    """Write an element as it was, without the blanks behind it."""
    found.tail = None
    return tostring(found, encoding="unicode")


def element(tag: str, attributes: dict[str, str], inside: str | None = None) -> str:
    """Write an element with its attributes, and with content that is XML already.

    Examples:
        >>> element("PROPERTY", {"NAME": 'a"b'}, content("x < y"))
        '<PROPERTY NAME="a&quot;b">x &lt; y</PROPERTY>'
    """
    head = " ".join([tag, *(f'{name}="{attribute(v)}"' for name, v in attributes.items())])
    return f"<{head}/>" if inside is None else f"<{head}>{inside}</{tag}>"


def attribute(text: str) -> str:
    """Escape the value of an attribute."""
    return escape(text, _QUOTED).translate(_FORBIDDEN)


def content(text: str) -> str:
    """Escape the text of an element; what XML cannot hold becomes U+FFFD."""
    return escape(text, _LINE).translate(_FORBIDDEN)
