"""Names that only the holder of a key can relate to people: keyed hashes (HMAC-SHA-256)."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from vocalbaby.annotations.vocabulary import infant_class, speaker_type
from vocalbaby.corpus.privacy.key_child import OTHERS
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import ConfigError

__all__ = ["Pseudonyms"]

_BYTES: Final = 32
#: Characters of a pseudonym: 60 bits, so that two of a million are the same with p < 1e-6.
_LETTERS: Final = 12
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
#: Days by which the dates of a child are moved back at most; ages stay as they are.
_DAYS: Final = 364


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Pseudonyms of one key: the same name always has the same one.

    Attributes:
        key: The key, which has to stay secret.

    Examples:
        >>> names = Pseudonyms(bytes(32))
        >>> names.of("child", "c07") == names.of("child", "c07")
        True
        >>> names.of("child", "c07") == names.of("recording", "c07")
        False
    """

    key: bytes

    @classmethod
    def load(cls, path: Path) -> "Pseudonyms":
        """Read the key of a file; a file that does not exist is made, for its owner only.

        Args:
            path: The file.

        Raises:
            ConfigError: The file is no key.
        """
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w", encoding="ascii") as stream:
                stream.write(f"{secrets.token_hex(_BYTES)}\n")
        try:
            key = bytes.fromhex(path.read_text("ascii").strip())
        except (ValueError, OSError) as error:
            raise ConfigError(f"{path} is no key of pseudonyms: {error}.") from None
        if len(key) != _BYTES:
            raise ConfigError(f"{path} is no key of pseudonyms: it has {len(key)} bytes, not 32.")
        return cls(key)

    def of(self, kind: str, name: str) -> str:
        """Return the pseudonym of a name.

        Args:
            kind: What it names, such as ``child``; kinds have different pseudonyms.
            name: The name.
        """
        digest = int.from_bytes(self._hash(kind, name))
        letters = []
        for _ in range(_LETTERS):
            digest, index = divmod(digest, len(_ALPHABET))
            letters.append(_ALPHABET[index])
        return "".join(letters)

    def _hash(self, kind: str, name: str) -> bytes:
        return hmac.new(self.key, f"{kind}\0{name}".encode(), hashlib.sha256).digest()

    def days(self, child: str) -> int:
        """Return the days by which the dates of a child are moved back: 1 to 364."""
        return 1 + int.from_bytes(self._hash("days", child)) % _DAYS

    def timeline(self, timeline: Timeline) -> Timeline:
        """Return a timeline without names, with dates that are moved by the same days for a child.

        Times of day, ages, classes and types of speakers stay. Other labels, tiers, attributes and
        names of speakers are left out, since they may name people.

        Args:
            timeline: The segments.

        Examples:
            >>> day = Timeline("c07/day1", child=Child("c07", "lab", 9.5))
            >>> hidden = Pseudonyms(bytes(32)).timeline(day)
            >>> "c07" in str(hidden), hidden.child.age_months
            (False, 9.5)
        """
        child, clock = timeline.child, timeline.clock_start
        name = f"{child.corpus}/{child.child_id}" if child else timeline.recording_id
        hidden = child and Child(
            self.of("child", name),
            self.of("corpus", child.corpus) if child.corpus else "",
            child.age_months,
            child.gender,
        )
        return Timeline(
            self.of("recording", timeline.recording_id),
            tuple(_hidden(s) for s in timeline.segments),
            timeline.duration_s,
            clock - timedelta(days=self.days(name)) if clock else None,
            hidden,
            (),
            _kept(timeline.attributes),
        )


def _hidden(segment: Segment) -> Segment:
    speaker = speaker_type(segment)
    return Segment(
        segment.onset_s,
        segment.offset_s,
        infant_class(segment),
        segment.probabilities,
        speaker=speaker if speaker in OTHERS | {"CHI"} else None,
    )


def _kept(attributes: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in attributes.items() if key == "model_version"}
