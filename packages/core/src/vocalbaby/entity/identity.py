"""Identity of children and clips: an ID counts within its corpus, however it is written."""

import re
import unicodedata
from typing import Final, TypeAlias

__all__ = ["ChildKey", "ClipKey", "child_key", "clip_key", "corpus_key", "normal_id"]

#: Corpus, and child_ID in a form that is equal for all spellings.
ChildKey: TypeAlias = tuple[str, str]

#: Corpus, and clip_ID in Unicode's normal form.
ClipKey: TypeAlias = tuple[str, str]

#: A whole number as tables write it: padded, or with a fraction of zeros or an exponent, which it
#: gets in a column of floats (pandas, Excel).
_WHOLE: Final = re.compile(r"0*(\d+)(?:\.0*|,0{1,2})?", re.ASCII)
_EXPONENT: Final = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+(\d{1,2})", re.ASCII)

#: Characters without a width, which spreadsheets and web pages leave in cells.
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


def normal_id(text: str) -> str:
    """Return an ID in normal form: Unicode NFC, single spaces, whole numbers without decoration.

    Args:
        text: The ID as a table or a file name has it.

    Examples:
        >>> [normal_id(text) for text in ("1", "1.0", "001", " 1 ", "1,00", "1.5", "01a")]
        ['1', '1', '1', '1', '1', '1.5', '01a']
        >>> normal_id("1.2e+16")
        '12000000000000000'
    """
    clean = unicodedata.normalize("NFC", " ".join(text.translate(_INVISIBLE).split()))
    if found := _WHOLE.fullmatch(clean):
        return found[1]
    if (found := _EXPONENT.fullmatch(clean)) and len(found[2] or "") <= int(found[3]):
        return found[1] + (found[2] or "").ljust(int(found[3]), "0")
    return clean


def child_key(corpus: str, child_id: str) -> ChildKey:
    """Return what identifies a child: its corpus, and its ID in normal form without case.

    Args:
        corpus: Name of the corpus.
        child_id: ID of the child within the corpus.

    Examples:
        >>> child_key("A", "Kid_7") == child_key("A", "kid_7")
        True
        >>> child_key("A", "1.0") == child_key("B", "1.0")
        False
    """
    return corpus_key(corpus), normal_id(child_id).casefold()


def clip_key(corpus: str, clip_id: str) -> ClipKey:
    """Return what identifies a clip: the corpus, and the ID in Unicode's normal form.

    A clip_ID names a file. Files whose names differ in case or in zeros are different files.

    Args:
        corpus: Name of the corpus.
        clip_id: ID of the clip within the corpus.

    Examples:
        >>> clip_key("A", "7.wav") == clip_key("a", " 7.wav"), clip_key("A", "07.wav")
        (True, ('a', '07.wav'))
    """
    return corpus_key(corpus), unicodedata.normalize("NFC", clip_id.strip())


def corpus_key(corpus: str) -> str:
    """Return what identifies a corpus: its name in Unicode's normal form, without case.

    Args:
        corpus: Name of the corpus.

    Examples:
        >>> corpus_key(" BabbleCor ")
        'babblecor'
    """
    return unicodedata.normalize("NFC", corpus.strip()).casefold()
