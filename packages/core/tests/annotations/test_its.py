from datetime import UTC, datetime

import pytest

from vocalbaby import annotations
from vocalbaby.annotations.vocabulary import speaker_type
from vocalbaby.entity.timeline import Child, Timeline
from vocalbaby.exception import ConfigError, DataError

ITS = """<?xml version="1.0" encoding="UTF-8"?>
<ITS fileName="e20100728_115105_003489" timeCreated="2010-07-29T11:00:00Z">
 <ProcessingUnit>
  <ChildInfo algorithmAge="P12M" gender="F"/>
  <Recording num="1" startClockTime="2010-07-24T11:58:16Z" endClockTime="2010-07-24T11:58:36Z"
   startTime="PT0.00S" endTime="PT20.00S">
   <Bar/>
   <Pause num="1" average_dB="-40.1">
    <Segment spkr="SIL" average_dB="-47.36" peak_dB="-38.13" startTime="PT0.00S" endTime="PT1.90S"/>
   </Pause>
   <Conversation num="1" type="CIC" average_dB="-20">
    <Segment spkr="CHN" average_dB="-19.5" conversationInfo="|BC|0|0|0|CIC|NT|FI|" childUttCnt="1"
     startTime="PT1.90S" endTime="PT1M3.5S" startUtt1="PT2.00S" endUtt1="PT2.80S"
     startCry1="PT3.00S" endCry1="PT3.50S"/>
    <Segment spkr="FAN" femaleAdultWordCnt="4.31" startTime="PT3.50S" endTime="PT20.00S">
     <UTT startUtt1="PT4.00S" endUtt1="PT5.00S"/>
    </Segment>
   </Conversation>
  </Recording>
  <Recording num="2" startClockTime="2010-07-24T15:00:00Z" startTime="PT20S" endTime="PT2H0M1S">
   <Pause num="2"><Segment spkr="CXN" startTime="PT20S" endTime="P21S"/></Pause>
  </Recording>
 </ProcessingUnit>
</ITS>
"""


def read(text: str = ITS) -> Timeline:
    (timeline,) = annotations.parse(text.encode(), "its", "day1.its")
    return timeline


def test_reads_segments_of_all_blocks_with_their_attributes() -> None:
    timeline = read()
    assert [(s.onset_s, s.offset_s, s.speaker) for s in timeline.segments] == [
        (0.0, 1.9, "SIL"),
        (1.9, 63.5, "CHN"),
        (3.5, 20.0, "FAN"),
        (20.0, 21.0, "CXN"),
    ]
    assert [speaker_type(s) for s in timeline.segments] == [None, "CHI", "FEM", "OCH"]
    silence, child, woman, other = (s.attributes for s in timeline.segments)
    assert silence["average_dB"] == "-47.36"
    assert (silence["block"], silence["block_num"]) == ("Pause", "1")
    assert child["conversationInfo"] == "|BC|0|0|0|CIC|NT|FI|"
    assert (child["startCry1"], child["endCry1"]) == ("PT3.00S", "PT3.50S")
    assert (child["block_type"], other["recording_num"]) == ("CIC", "2")
    assert (woman["startUtt1"], woman["femaleAdultWordCnt"]) == ("PT4.00S", "4.31")


def test_reads_clock_child_and_recordings() -> None:
    timeline = read()
    assert timeline.recording_id == "day1"
    assert timeline.duration_s == 7201.0
    assert timeline.clock_start == datetime(2010, 7, 24, 11, 58, 16, tzinfo=UTC)
    assert timeline.child == Child(
        "", age_months=12, gender="F", attributes={"algorithmAge": "P12M", "gender": "F"}
    )
    assert timeline.attributes["fileName"] == "e20100728_115105_003489"
    assert timeline.attributes["Recording"].count("<Recording ") == 2


def test_the_clock_counts_back_to_the_begin_of_the_file() -> None:
    later = read(
        ITS.replace('startTime="PT0.00S" endTime="PT20', 'startTime="PT16S" endTime="PT20')
    )
    assert later.clock_start == datetime(2010, 7, 24, 11, 58, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('endTime="PT1.90S"', "", "The attribute endTime of Segment  is '', not a time like"),
        ('endTime="PT1.90S"', 'endTime="1.90"', "is '1.90', not a time like PT1.25S"),
        ('endTime="PT1M3.5S"', 'endTime="PT1S"', "A segment ends at 1.0 s, before it begins"),
        ("2010-07-24T11:58:16Z", "yesterday", "The startClockTime is 'yesterday'"),
        ("ProcessingUnit", "Unit", "has no element ProcessingUnit/Recording"),
    ],
)
def test_says_what_is_wrong(old: str, new: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        read(ITS.replace(old, new))
    assert message in str(error.value)


def test_is_not_written() -> None:
    with pytest.raises(ConfigError, match="only read, not written"):
        annotations.serialize(read(), "its")
