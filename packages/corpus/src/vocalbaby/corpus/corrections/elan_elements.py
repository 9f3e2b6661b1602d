"""Elements of files of ELAN: types of tiers, and controlled vocabularies."""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

__all__ = [
    "CLASS_TYPE",
    "CONFIDENCE_TYPE",
    "REGION_TYPE",
    "UTTERANCE_TYPE",
    "VCM_TYPE",
    "elements",
]

#: Type of tiers whose annotations are classes.
CLASS_TYPE: Final = "class"
#: Type of tiers with the probabilities of annotations.
CONFIDENCE_TYPE: Final = "confidence"
#: Type of the tier of stretches that are to be annotated.
REGION_TYPE: Final = "region"
#: Type of the tier of vocalizations in the ACLEW scheme.
UTTERANCE_TYPE: Final = "transcription"
#: Type of the tier of vocal maturity in the ACLEW scheme.
VCM_TYPE: Final = "VCM"

#: What the classes are, as ELAN shows them beside the values.
_CLASSES: Final = {
    "Canonical": "consonant and vowel with a quick transition",
    "Non-canonical": "vowel-like sounds, squeals, growls",
    "Crying": "crying and fussing",
    "Laughing": "laughter of an infant",
    "Junk": "no vocalization of the key child",
}
_VCM: Final = {
    "C": "canonical babble",
    "N": "non-canonical babble",
    "Y": "crying",
    "L": "laughing",
    "J": "no vocalization of the key child",
    "U": "not certain",
}
_ALIGNED: Final = 'TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"'
_REFERRING: Final = (
    'TIME_ALIGNABLE="false" GRAPHIC_REFERENCES="false" CONSTRAINTS="Symbolic_Association"'
)


def elements(media: str = "") -> dict[str, str]:
    """Return the elements of a new file, by their names.

    Args:
        media: Path of the recording, relative to the file; empty for none.

    Examples:
        >>> sorted(elements("day1.wav"))[:2]
        ['CONSTRAINT', 'CONTROLLED_VOCABULARY']
    """
    found = {
        "LINGUISTIC_TYPE": _type(CLASS_TYPE, _ALIGNED, "classes")
        + _type(CONFIDENCE_TYPE, _REFERRING)
        + _type(REGION_TYPE, _ALIGNED)
        + _type(UTTERANCE_TYPE, _ALIGNED)
        + _type(VCM_TYPE, _REFERRING, "vcm"),
        "CONSTRAINT": '<CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" '
        'STEREOTYPE="Symbolic_Association"/>',
        "CONTROLLED_VOCABULARY": _vocabulary("classes", _CLASSES) + _vocabulary("vcm", _VCM),
        "LANGUAGE": '<LANGUAGE LANG_DEF="http://cdb.iso.org/lg/CDB-00138502-001" LANG_ID="eng" '
        'LANG_LABEL="English (eng)"/>',
    }
    return found | ({"HEADER": _header(media)} if media else {})


def _type(name: str, settings: str, vocabulary: str = "") -> str:
    chosen = f' CONTROLLED_VOCABULARY_REF="{vocabulary}"' if vocabulary else ""
    return f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="{name}" {settings}{chosen}/>'


def _vocabulary(name: str, meanings: dict[str, str]) -> str:
    entries = "".join(
        f'<CV_ENTRY_ML CVE_ID="{name}_{value}"><CVE_VALUE DESCRIPTION={quoteattr(meaning)} '
        f'LANG_REF="eng">{escape(value)}</CVE_VALUE></CV_ENTRY_ML>'
        for value, meaning in meanings.items()
    )
    return (
        f'<CONTROLLED_VOCABULARY CV_ID="{name}"><DESCRIPTION LANG_REF="eng">Classes of '
        f"vocalizations</DESCRIPTION>{entries}</CONTROLLED_VOCABULARY>"
    )


def _header(media: str) -> str:
    kind = "audio/x-wav" if media.lower().endswith(".wav") else "unknown"
    url = quoteattr(f"./{media}")
    return (
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL='
        f'{url} RELATIVE_MEDIA_URL={url} MIME_TYPE="{kind}"/></HEADER>'
    )
