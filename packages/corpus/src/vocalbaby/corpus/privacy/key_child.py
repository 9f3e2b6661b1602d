"""Which segments are vocalizations of the key child."""

from typing import Final

from vocalbaby.annotations.vocabulary import infant_class, speaker_type
from vocalbaby.entity.timeline import Segment

__all__ = ["OTHERS", "is_key_child"]

#: ChildProject's codes of speakers who are not the key child.
OTHERS: Final = frozenset({"OCH", "FEM", "MAL"})


def is_key_child(segment: Segment) -> bool:
    """Whether a segment is a vocalization of the key child: it has a class, and no other speaker.

    Args:
        segment: The segment; if nothing says who is heard, the class decides.

    Examples:
        >>> is_key_child(Segment(0, 1, "Crying")), is_key_child(Segment(0, 1, "Junk"))
        (True, False)
        >>> is_key_child(Segment(0, 1, "Crying", speaker="OCH"))
        False
    """
    return infant_class(segment) not in {None, "Junk"} and speaker_type(segment) not in OTHERS
