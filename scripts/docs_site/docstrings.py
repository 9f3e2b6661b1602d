"""Docstrings as mkdocstrings shows them: roles of Sphinx become links, and doctests code."""

import re
from itertools import takewhile
from pathlib import Path
from typing import Final

import griffe

__all__ = ["DocstringMarkup", "markdown"]

_LONGEST_VALUE: Final = 100
#: A name in backticks, such as `decode` or `vocalbaby.audio.decode`.
_NAME: Final = re.compile(r"(?<![`\w])`([A-Za-z_]\w*(?:\.\w+)*)`(?!`)")
_ROLE: Final = re.compile(r":\w+:`(~?)([\w.]+)`")
#: A doctest outside of a section `Examples`, with its output.
_DOCTEST: Final = re.compile(r"(?<!\n)(\A|\n\n)(?P<indent> *)(>>> (?:.+\n?)+)")


class DocstringMarkup(griffe.Extension):
    """Converts every docstring before it is parsed, and hides long values of constants."""

    def on_attribute(self, *, attr: griffe.Attribute, **_: object) -> None:
        """Show the value of a constant if it is short."""
        if len(str(attr.value)) > _LONGEST_VALUE:
            attr.value = None

    def on_attribute_instance(self, *, attr: griffe.Attribute, **_: object) -> None:
        """Read the comment `#:` above a constant, which is its documentation."""
        if attr.docstring is None and attr.lineno and isinstance(attr.filepath, Path):
            lines = attr.filepath.read_text("utf-8").splitlines()[: attr.lineno - 1]
            text = _comment(lines)
            if text:
                attr.docstring = griffe.Docstring(markdown(text), parent=attr)

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Convert the docstring of a module, class, function or attribute."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)

    def on_package(self, *, pkg: griffe.Module, **_: object) -> None:
        """Make links of the names of objects, which are known when all of the package is."""
        _link_names(pkg)


def markdown(text: str) -> str:
    r"""The text of a docstring in Markdown.

    >>> markdown("See :func:`~vocalbaby.audio.load`.")
    'See <autoref identifier="vocalbaby.audio.load" optional><code>load</code></autoref>.'
    >>> markdown("Works:\n\n>>> 1 + 1\n2")
    'Works:\n\n```pycon\n>>> 1 + 1\n2\n```'
    >>> markdown("Example:\n    >>> 1\n    1")
    'Examples:\n    >>> 1\n    1'
    """
    text = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
    text = _DOCTEST.sub(_fenced, text)
    return _ROLE.sub(_link, text)


def _fenced(match: re.Match[str]) -> str:
    if match["indent"]:
        return match[0]
    return f"{match[1]}```pycon\n{match[3].rstrip()}\n```" + (
        "\n" if match[3].endswith("\n") else ""
    )


def _link(match: re.Match[str]) -> str:
    path = match[2]
    shown = path.rpartition(".")[2] if match[1] else path
    return f'<autoref identifier="{path}" optional><code>{shown}</code></autoref>'


def _comment(lines: list[str]) -> str:
    """Return the text of the comment `#:` at the end of lines.

    >>> _comment(["#: Other.", "X = 1", "#: Largest", "#: number."])
    'Largest number.'
    """
    found = list(takewhile(lambda line: line.startswith("#:"), reversed(lines)))
    return " ".join(line.removeprefix("#:").strip() for line in reversed(found))


def _link_names(obj: griffe.Object) -> None:
    r"""Make links of the names in the docstrings of an object and its members.

    >>> code = 'def f() -> None:\n    "As `g`, not `h`."\ndef g() -> None: ...'
    >>> module = griffe.visit("m", filepath=Path("m.py"), code=code)
    >>> _link_names(module)
    >>> module["f"].docstring.value
    'As <autoref identifier="m.g" optional><code>g</code></autoref>, not `h`.'
    """
    if obj.docstring is not None:
        obj.docstring.value = _NAME.sub(lambda match: _linked(obj, match), obj.docstring.value)
    for member in obj.members.values():
        if isinstance(member, griffe.Object):
            _link_names(member)


def _linked(obj: griffe.Object, match: re.Match[str]) -> str:
    name, *rest = match[1].split(".")
    try:
        path = match[1] if name == "vocalbaby" else ".".join([obj.resolve(name), *rest])
    except griffe.NameResolutionError:
        return match[0]
    return f'<autoref identifier="{path}" optional><code>{match[1]}</code></autoref>'
