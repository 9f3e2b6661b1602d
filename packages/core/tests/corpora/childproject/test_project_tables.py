"""What the tables of a ChildProject folder say about a recording."""

from vocalbaby.corpora.childproject.metadata import parse_project

HEADER = "experiment,child_id,date_iso,start_time,recording_filename,duration,its_filename,discard"


def test_a_row_gives_clock_child_length_and_its() -> None:
    row = "lab,c1,2024-05-01,9:30,c1/day1.wav,57600000,day1.its,0"
    children = "experiment,child_id,child_dob,child_sex,languages\nlab,c1,2023-08-01,f,fra\n"
    files = {
        "metadata/recordings.csv": f"{HEADER}\n{row}\n".encode(),
        "metadata/children.csv": children.encode(),
    }
    known = parse_project(files.get, "project").of("c1/day1.wav")
    assert known is not None
    assert known.clock is not None
    assert known.child is not None
    assert known.clock.isoformat() == "2024-05-01T09:30:00"
    assert (known.child.child_id, known.child.corpus, known.child.gender) == ("c1", "lab", "F")
    assert known.child.age_months == round(274 / (365.25 / 12), 2)
    assert (known.duration_s, known.its_filename, known.notes) == (57_600.0, "day1.its", ())


def test_a_wrong_duration_is_left_out_with_a_note() -> None:
    row = "lab,c1,NA,NA,day1.wav,16 h,NA,NA"
    files = {"metadata/recordings.csv": f"{HEADER}\n{row}\n".encode()}
    known = parse_project(files.get, "project").of("day1.wav")
    assert known is not None
    assert (known.duration_s, known.its_filename, known.discarded) == (None, "", "")
    assert known.notes == (
        "recordings.csv: 16 h is no duration of day1.wav in ms; it is left out.",
    )


def test_a_recording_that_is_discarded_or_not_listed() -> None:
    row = "lab,c1,NA,NA,day1.wav,NA,NA,1"
    files = {"metadata/recordings.csv": f"{HEADER}\n{row}\n".encode()}
    project = parse_project(files.get, "project")
    known = project.of("day1.wav")
    assert known is not None
    assert known.discarded == "discard is not 0"
    assert project.of("day2.wav") is None
