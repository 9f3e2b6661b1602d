"""The words of the field: classes of vocalizations, and types of speakers.

ChildProject calls the classes ``vcm_type`` (vocal maturity) and the speakers ``speaker_type``.
The codes of other programs are those that ChildProject's converters know:
https://github.com/LAAC-LSCP/ChildProject, ``ChildProject/converters.py``.
"""

import re
from collections.abc import Mapping
from typing import Final

from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.entity.timeline import Segment

__all__ = ["VCM_TYPES", "infant_class", "is_class", "label_class", "speaker_type", "vcm_type"]

#: Class to ``vcm_type``.
VCM_TYPES: Final[Mapping[Label, str]] = {
    "Canonical": "C",
    "Non-canonical": "N",
    "Crying": "Y",
    "Laughing": "L",
    "Junk": "J",
}
_OF_VCM_TYPE: Final = {code: label for label, code in VCM_TYPES.items()}

#: Names of the classes in lower case, and the labels of the vocal maturity classifier VCM.
_NAMES: Final[Mapping[str, Label]] = {
    **{label.casefold(): label for label in CLASSES},
    "noncanonical": "Non-canonical",
    "cns": "Canonical",
    "ncs": "Non-canonical",
    "cry": "Crying",
    "oth": "Junk",
}

#: Codes of speakers: VTC, LENA, and ACLEW, whose codes may end in a number.
_SPEAKERS: Final = (
    ("CHI", re.compile(r"CHI\*?|KCHI|CHN|CHF")),
    ("OCH", re.compile(r"OCH|CX[NF]|[FMU]C\d|MI\d|OC\d|C\d")),
    ("FEM", re.compile(r"FEM|FA[NF]|FA\d|MOT\*?")),
    ("MAL", re.compile(r"MAL|MA[NF]|MA\d|FAT\*?")),
)


def is_class(name: str) -> bool:
    """Whether a label names a class, in VocalBaby's words or in those of VCM.

    Examples:
        >>> is_class("Crying"), is_class("NCS"), is_class("CHI")
        (True, True, False)
    """
    return name.casefold() in _NAMES


def label_class(segment: Segment) -> Label | None:
    """Class that the label of a segment names; None if it names none.

    A single letter is a class only on a tier ``vcm@...``, as in the ACLEW scheme.

    Examples:
        >>> label_class(Segment(0, 1, "crying")), label_class(Segment(0, 1, "CNS"))
        ('Crying', 'Canonical')
        >>> label_class(Segment(0, 1, "N")), label_class(Segment(0, 1, "N", tier="vcm@CHI"))
        (None, 'Non-canonical')
    """
    label = segment.label or ""
    if (segment.tier or "").startswith("vcm@") and label in _OF_VCM_TYPE:
        return _OF_VCM_TYPE[label]
    return _NAMES.get(label.casefold())


def infant_class(segment: Segment) -> Label | None:
    """Find the class of a segment, which its label names, or else its attribute ``vcm_type``.

    Args:
        segment: The segment. A label of a single letter counts on tiers ``vcm@...`` only.

    Returns:
        The class; None if it has none.

    Examples:
        >>> infant_class(Segment(0, 1, "mama", attributes={"vcm_type": "C"}))
        'Canonical'
    """
    return label_class(segment) or _OF_VCM_TYPE.get(segment.attributes.get("vcm_type", ""))


def vcm_type(segment: Segment) -> str | None:
    """Find ChildProject's code of a segment's class, its vocal maturity.

    Args:
        segment: The segment.

    Returns:
        ``C``, ``N``, ``Y``, ``L`` or ``J``, or the segment's attribute ``vcm_type``; None if it
        has none.

    Examples:
        >>> vcm_type(Segment(0, 1, "Junk")), vcm_type(Segment(0, 1, attributes={"vcm_type": "U"}))
        ('J', 'U')
    """
    label = infant_class(segment)
    return VCM_TYPES[label] if label else segment.attributes.get("vcm_type")


def speaker_type(segment: Segment, *, vtc: bool = False) -> str | None:
    """Find ChildProject's code of who is heard in a segment.

    The attribute ``speaker_type`` decides, then the speaker, the tier, and last the class:
    a vocalization of the five classes is one of the key child, unless it is Junk.

    Args:
        segment: The segment.
        vtc: The codes are those of the voice type classifier VTC, for which ``KCHI`` is the
            key child and ``CHI`` another one.

    Returns:
        ``CHI``, ``OCH``, ``FEM`` or ``MAL``; None if not known.

    Examples:
        >>> [speaker_type(Segment(0, 1, speaker=name)) for name in ("CHN", "FA1", "CXN", "TVN")]
        ['CHI', 'FEM', 'OCH', None]
        >>> speaker_type(Segment(0, 1, speaker="CHI"), vtc=True)
        'OCH'
        >>> speaker_type(Segment(0, 1, "Laughing")), speaker_type(Segment(0, 1, tier="xds@MA0"))
        ('CHI', 'MAL')
    """
    if given := segment.attributes.get("speaker_type"):
        return given
    for name in (segment.speaker, segment.tier):
        code = (name or "").rpartition("@")[2].strip()
        for kind, codes in _SPEAKERS:
            if codes.fullmatch(code):
                return "OCH" if vtc and code == "CHI" else kind
    if segment.speaker in {None, "", "NA"} and infant_class(segment) not in (None, "Junk"):
        return "CHI"
    return None
