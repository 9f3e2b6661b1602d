"""ELAN's files, on the ACLEW scheme, and XML that attacks its readers."""

import pytest

from vocalbaby import annotations
from vocalbaby.entity.timeline import Segment, Tier, Timeline
from vocalbaby.exception import DataError

ACLEW = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="me" DATE="2018-01-12T17:55:22+01:00" FORMAT="3.0" VERSION="3.0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
<LICENSE LICENSE_URL=""/>
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
  <MEDIA_DESCRIPTOR MEDIA_URL="file:///day1.wav" MIME_TYPE="audio/x-wav"/>
  <PROPERTY NAME="lastUsedAnnotationId">5</PROPERTY>
</HEADER>
<TIME_ORDER>
  <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1000"/>
  <TIME_SLOT TIME_SLOT_ID="ts2"/>
  <TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="3001"/>
  <TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="3001"/>
</TIME_ORDER>
<TIER TIER_ID="CHI" LINGUISTIC_TYPE_REF="utterance" PARTICIPANT="Ann" ANNOTATOR="x">
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts3">
    <ANNOTATION_VALUE>m\u00e4ma &lt;3 &amp; "x"&#13;</ANNOTATION_VALUE>
  </ALIGNABLE_ANNOTATION></ANNOTATION>
</TIER>
<TIER TIER_ID="vcm@CHI" LINGUISTIC_TYPE_REF="vcm" PARENT_REF="CHI" PARTICIPANT="Ann">
  <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1" CVE_REF="cveid3">
    <ANNOTATION_VALUE>C</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
</TIER>
<TIER TIER_ID="words" LINGUISTIC_TYPE_REF="words" PARENT_REF="CHI">
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
    <ANNOTATION_VALUE/></ALIGNABLE_ANNOTATION></ANNOTATION>
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a4" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
    <ANNOTATION_VALUE>ma</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
</TIER>
<TIER TIER_ID="empty" LINGUISTIC_TYPE_REF="utterance"/>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="utterance" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="vcm" CONSTRAINTS="Symbolic_Association"/>
<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="words" CONSTRAINTS="Time_Subdivision" TIME_ALIGNABLE="true"/>
<CONSTRAINT DESCRIPTION="1-1 association" STEREOTYPE="Symbolic_Association"/>
<CONTROLLED_VOCABULARY CV_ID="vcm"><DESCRIPTION LANG_REF="und">Vocal maturity</DESCRIPTION>
</CONTROLLED_VOCABULARY>
</ANNOTATION_DOCUMENT>
"""


def read(text: str, encoding: str = "utf-8") -> Timeline:
    data = text.replace("UTF-8", encoding).encode(encoding)
    (timeline,) = annotations.parse(data, "eaf", "day1.eaf")
    return timeline


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_reads_annotations_their_parents_and_slots_without_times(encoding: str) -> None:
    timeline = read(ACLEW, encoding)
    assert [(s.onset_s, s.offset_s, s.tier, s.speaker, s.label) for s in timeline.segments] == [
        (1.0, 3.001, "CHI", "Ann", 'm\u00e4ma <3 & "x"\r'),
        (1.0, 3.001, "vcm@CHI", "Ann", "C"),
        (1.0, 2.0005, "words", None, None),
        (2.0005, 3.001, "words", None, "ma"),
    ]
    assert timeline.segments[1].attributes == {
        "ANNOTATION_ID": "a2",
        "ANNOTATION_REF": "a1",
        "CVE_REF": "cveid3",
    }
    assert annotations.infant_class(timeline.segments[1]) == "Canonical"
    assert timeline.tiers[-1] == Tier("empty", {"LINGUISTIC_TYPE_REF": "utterance"})
    assert timeline.attributes["unaligned_time_slots"] == "ts2"
    assert "lastUsedAnnotationId" in timeline.attributes["HEADER"]


def test_writes_what_it_has_read() -> None:
    timeline = read(ACLEW)
    data, notes = annotations.serialize(timeline, "eaf")
    assert notes == ()
    assert annotations.parse(data, "eaf", "day1.eaf") == (timeline,)
    text = data.decode()
    # Subdivisions share their slots; one has no time, and ts4 belongs to no annotation.
    assert text.count("<TIME_SLOT ") == 3
    assert '<TIME_SLOT TIME_SLOT_ID="ts2"/>' in text
    assert 'AUTHOR="me"' in text
    assert "Vocal maturity" in text
    order = ["<LICENSE", "<HEADER", "<TIME_ORDER", "<TIER", "<LINGUISTIC_TYPE", "<CONSTRAINT"]
    assert sorted(order, key=text.index) == order


def test_a_new_file_declares_its_types_and_participants(day: Timeline) -> None:
    data, notes = annotations.serialize(day, "eaf")
    (timeline,) = annotations.parse(data, "eaf", "day1.eaf")
    assert [(t.name, t.attributes["PARTICIPANT"]) for t in timeline.tiers] == [
        ("CHI", "CHI"),
        ("CHI (2)", "CHI"),
        ("FA1", "FA1"),
    ]
    assert sorted((s.onset_s, s.offset_s, s.label, s.speaker) for s in timeline.segments) == sorted(
        (s.onset_s, s.offset_s, s.label, s.speaker) for s in day.segments
    )
    assert data.count(b'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt"') == 1
    assert [note.code for note in notes] == [
        *("duration_s", "clock_start", "child", "probabilities", "overlap")
    ]


def test_rounds_to_milliseconds_and_says_how_often() -> None:
    timeline = Timeline("a", (Segment(0.1, 0.2), Segment(0.30049, 0.4), Segment(-0.5, 0.05)))
    data, notes = annotations.serialize(timeline, "eaf")
    (read_,) = annotations.parse(data, "eaf", "a.eaf")
    assert sorted(s.onset_s for s in read_.segments) == [0.0, 0.1, 0.3]
    assert [(note.code, note.count) for note in notes] == [
        ("rounded_times", 1),
        ("negative_times", 1),
    ]


def test_text_that_xml_cannot_hold_is_replaced() -> None:
    timeline = Timeline("a", (Segment(0.0, 1.0, "a\x00\x0b\ud800\uffffb\tc"),))
    data, _ = annotations.serialize(timeline, "eaf")
    (read_,) = annotations.parse(data, "eaf", "a.eaf")
    assert read_.segments[0].label == "a\ufffd\ufffd\ufffd\ufffdb\tc"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</TIME_ORDER>", "", "line 36: The XML is damaged: mismatched tag"),
        (' TIME_SLOT_REF1="ts1"', "", "An element ALIGNABLE_ANNOTATION has no attribute"),
        ('REF2="ts3"', 'REF2="ts9"', "the time slot ts9, which does not exist"),
        (
            '"3001"/>\n  <TIME_SLOT TIME_SLOT_ID="ts4"',
            '"30,1"/>\n  <TIME_SLOT TIME_SLOT_ID="ts4"',
            "The time of ts3 is '30,1'",
        ),
        ('ID="ts1" TIME_VALUE="1000"', 'ID="ts1" TIME_VALUE="4000"', "a1 ends before it begins"),
        ('ID="ts1" TIME_VALUE="1000"', 'ID="ts1"', "The time slot ts1 has no time"),
        ('_REF="a1"', '_REF="a7"', "a2 refers to a7, which leads to none"),
        ('_REF="a1"', '_REF="a2"', "a2 refers to a2, which leads to none"),
        ('ID="a4"', 'ID="a1"', "Two annotations have the ANNOTATION_ID a1"),
        ('TIER_ID="words"', 'TIER_ID="CHI"', "Two tiers have the same TIER_ID"),
        ("milliseconds", "PAL-frames", "The times are in PAL-frames"),
        ("ANNOTATION_DOCUMENT", "ITS", "The outermost element is ITS"),
    ],
)
def test_says_what_is_wrong(old: str, new: str, message: str) -> None:
    assert old in ACLEW
    with pytest.raises(DataError) as error:
        read(ACLEW.replace(old, new) if "DOCUMENT" in old else ACLEW.replace(old, new, 1))
    assert message in str(error.value)
    assert "day1.eaf" in str(error.value)


LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "ha">{}]>
<ANNOTATION_DOCUMENT>&a9;</ANNOTATION_DOCUMENT>""".format(
    "".join(f'<!ENTITY a{i} "{f"&a{i - 1 or str()};" * 10}">' for i in range(1, 10))
)


@pytest.mark.parametrize("name", ["eaf", "its"])
@pytest.mark.parametrize(
    ("document", "message"),
    [
        (LAUGHS, "document type definition"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type definition"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        ("<a>" * 100_000, "nested too deep"),
        ("<x>&nothing;</x>", "The XML is damaged: undefined entity"),
        ("", "The XML is damaged: no element found"),
        ("   \n", "The XML is damaged: no element found"),
        ("<x/>", "The outermost element is x"),
        ('<?xml version="1.0" encoding="klingon"?><x/>', "unknown encoding"),
        ("PK\x03\x04", "The XML is damaged"),
    ],
)
def test_documents_from_elsewhere_are_refused_in_words(
    name: str, document: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        annotations.parse(document.encode(), name)
