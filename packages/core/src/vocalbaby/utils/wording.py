"""Words that depend on a number, and text from elsewhere that is shown in a line."""

from typing import Final

__all__ = ["counted", "none_of", "printable"]

_PLURALS: Final = {"child": "children"}
_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or plural.

    Examples:
        >>> counted(1, "recording"), counted(2, "recording"), counted(0, "byte")
        ('1 recording', '2 recordings', '0 bytes')
        >>> counted(2, "child"), counted(3, "class")
        ('2 children', '3 classes')
    """
    return f"{number} {noun if number == 1 else _plural(noun)}"


def none_of(number: int, noun: str) -> str:
    """Return the begin of a sentence on what all of them cannot do.

    Examples:
        >>> f"{none_of(1, 'row')} be used.", f"{none_of(3, 'row')} be used."
        ('The only row cannot be used.', 'None of the 3 rows can be used.')
    """
    if number == 1:
        return f"The only {noun} cannot"
    return f"None of the {counted(number, noun)} can"


def printable(text: str) -> str:
    r"""Return a text in one line: names of files may have line breaks and control characters.

    Examples:
        >>> printable("day\n1.wav")
        'day\\x0a1.wav'
    """
    return text.translate(_CONTROLS)


def _plural(noun: str) -> str:
    return _PLURALS.get(noun, f"{noun}es" if noun.endswith("s") else f"{noun}s")
