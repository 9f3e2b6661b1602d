"""A file that was found, and counts of those that were passed over."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vocalbaby.audio.listing.names import suffix_of
from vocalbaby.utils.wording import counted

__all__ = [
    "IGNORABLE",
    "REASONS",
    "Listed",
    "count",
    "describe_counts",
    "describe_repeats",
    "same_but_for_case",
]

#: Why a file or folder is passed over, by its stable code.
REASONS: Final = {
    "hidden": "the name begins with a dot",
    "apple_double": "macOS keeps attributes of another file in it",
    "system_file": "the operating system added it",
    "system_folder": "the operating system or a version control system uses it",
    "not_audio": "neither the name nor the first bytes are those of a recording",
    "other_suffix": "it is a recording, but its name does not end like that of one",
    "archive": "recordings in an archive are not read",
    "subfolder": "subfolders are not searched",
    "same_folder": "a link to a folder that is listed under another name",
    "same_file": "it is listed already",
    "discarded": "the metadata of its corpus discard it",
    "loop": "the link leads back to itself or to a folder that contains it",
    "broken_link": "the link leads to a file that does not exist",
    "not_fetched": "the content has not been fetched",
    "special_file": "it is a pipe, socket or device",
    "unreadable": "it cannot be read",
    "missing": "there is no such file or folder",
    "no_recordings": "the folder holds no recordings",
}

#: Reasons of files that no user has made; they are counted, but not reported.
IGNORABLE: Final = frozenset({"hidden", "apple_double", "system_file", "system_folder"})

#: Advice in the line of counts.
_ADVICE: Final = {
    "archive": "unpack them",
    "subfolder": "add --recursive",
    "other_suffix": "rename them, or name each",
}


#: Most accents in a row.
_MOST_ACCENTS: Final = 30
#: Most names in a sentence.
_MOST_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """A name that was found.

    Attributes:
        path: The file or folder, beginning with the folder that was listed.
        reason: Code of `REASONS`; empty for a recording.
        message: What is wrong, as a sentence; empty for a recording.
        hint: What to do about it; may be empty.
        lost: Whether a recording may be missing for this reason. Such a file is an error
            of the user's data, and not merely passed over.
    """

    path: str
    reason: str = ""
    message: str = ""
    hint: str = ""
    lost: bool = False


def count(files: Iterable[Listed]) -> dict[str, int]:
    """Count the files that were passed over, by reason, in the order of `REASONS`."""
    counts = Counter(file.reason for file in files)
    return {reason: counts[reason] for reason in REASONS if counts[reason]}


def describe_counts(files: Iterable[Listed]) -> str:
    """Return the counts as text, with the commonest suffixes of what is not audio.

    Examples:
        >>> found = [Listed("a.txt", "not_audio"), Listed("b.txt", "not_audio")]
        >>> describe_counts([*found, Listed("day2", "subfolder")])
        '2 not_audio (.txt 2), 1 subfolder (add --recursive)'
    """
    passed = [file for file in files if file.reason]
    texts = []
    for reason, number in count(passed).items():
        note = _ADVICE.get(reason, "")
        if reason == "not_audio":
            suffixes = Counter(
                suffix_of(file.path) or "no suffix" for file in passed if file.reason == reason
            )
            note = ", ".join(f"{suffix} {n}" for suffix, n in suffixes.most_common(5))
        texts.append(f"{number} {reason}" + (f" ({note})" if note else ""))
    return ", ".join(texts)


def same_but_for_case(paths: Iterable[str]) -> list[list[str]]:
    """Return groups of different names that are one name on other file systems.

    macOS and Windows do not distinguish letter case, and macOS does not distinguish composed
    from decomposed accents (Unicode NFC and NFD): a copy of such files there loses some.

    Examples:
        >>> same_but_for_case(["a.wav", "b.wav", "A.WAV"])
        [['a.wav', 'A.WAV']]
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for path in dict.fromkeys(paths):
        groups[_composed(path).casefold()].append(path)
    return [group for group in groups.values() if len(group) > 1]


def _composed(text: str) -> str:
    """The text in Unicode's NFC, for which long runs of accents would be sorted.

    That takes time with the square of their number. No word has that many; Unicode Standard Annex
    15, section 13, allows 30 where text has to be processed in bounded memory.
    """
    run = 0
    for character in "" if text.isascii() else text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MOST_ACCENTS:
            return text
    return unicodedata.normalize("NFC", text)


def describe_repeats(
    paths: Sequence[str], key: Callable[[str], str] = lambda path: path
) -> Iterator[str]:
    """Yield sentences about recordings that occur twice, here or on other file systems.

    Args:
        paths: Names of the recordings.
        key: Returns the same text for each way of writing a name.

    Examples:
        >>> list(describe_repeats(["a.wav", "a.wav"]))
        ['1 recording is named more than once: a.wav.']
        >>> list(describe_repeats(["a.wav", "A.WAV"]))
        ['These names are the same on macOS and Windows: a.wav, A.WAV.']
    """
    last = {key(path): path for path in paths}
    counts = Counter(map(key, paths))
    if twice := [last[each] for each, number in counts.items() if number > 1]:
        verb = "is" if len(twice) == 1 else "are"
        names = _first_names(twice)
        yield f"{counted(len(twice), 'recording')} {verb} named more than once: {names}."
    for group in same_but_for_case(paths):
        yield f"These names are the same on macOS and Windows: {_first_names(group)}."


def _first_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
