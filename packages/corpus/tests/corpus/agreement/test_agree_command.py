"""``vocalbaby agree`` reads every kind of input and writes what it says."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from vocalbaby import annotations, audio
from vocalbaby.commands.main import app
from vocalbaby.entity.timeline import Child, Segment, Tier, Timeline
from vocalbaby.exception import FileError, VocalBabyError

ROWS = ((1, 2, "Crying"), (3, 4.5, "Canonical"), (6, 7, "Non-canonical"), (8, 8.5, "Laughing"))


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def day(name: str = "day1", *, late: float = 0.0, label: str | None = None) -> Timeline:
    segments = tuple(Segment(a + late, b + late, label or c, speaker="CHI") for a, b, c in ROWS)
    return Timeline(name, segments, duration_s=60.0)


def agree(*args: str) -> Result:
    return CliRunner().invoke(app, ["agree", *args], catch_exceptions=False)


def document(*args: str, code: int = 0) -> dict[str, object]:
    result = agree(*args, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def value(found: dict[str, object], measure: str, class_: str = "") -> float | None:
    """A figure of time units over all, of a JSON document."""
    figures = found["figures"]
    assert isinstance(figures, list)
    wanted = {"by": "all", "level": "units", "class": class_, "measure": measure}
    (one,) = [
        f
        for f in figures
        if f["comparison"] == "other" and all(f[key] == text for key, text in wanted.items())
    ]
    number: float | None = one["value"]
    return number


@pytest.mark.parametrize(
    "name",
    ["day1.eaf", "day1.TextGrid", "day1.rttm", "day1.csv", "day1.parquet", "day1.txt"],
)
def test_every_format_agrees_with_itself(name: str) -> None:
    annotations.write(day(), "reference.parquet")
    if name.endswith((".TextGrid", ".rttm", ".txt", ".eaf")):
        # These hold one text for a segment, or a tier's name beside it.
        own = Timeline("day1", tuple(Segment(a, b, c) for a, b, c in ROWS))
        own = own if not name.endswith((".TextGrid", ".eaf")) else Timeline(
            "day1", tuple(Segment(a, b, c, tier="infant") for a, b, c in ROWS),
            tiers=(Tier("infant"),), duration_s=60.0,
        )  # fmt: skip
        annotations.write(own, name)
    else:
        annotations.write(day(), name)
    found = document("reference.parquet", name)
    assert value(found, "kappa") == pytest.approx(1)
    assert value(found, "recall", "Canonical") == 1.0


def test_its_of_lena_is_compared_by_speakers() -> None:
    text = (
        '<?xml version="1.0"?><ITS fileName="e1"><ProcessingUnit><Recording num="1" '
        'startTime="PT0.00S" endTime="PT20.00S"><Pause startTime="PT0.00S" endTime="PT0.00S"/>'
        '<Conversation num="1" type="CIC" startTime="PT0.00S" endTime="PT20.00S">'
        '<Segment spkr="CHN" startTime="PT1.00S" endTime="PT3.00S"/>'
        '<Segment spkr="FAN" startTime="PT4.00S" endTime="PT5.00S"/>'
        "</Conversation></Recording></ProcessingUnit></ITS>"
    )
    Path("e1.its").write_text(text)
    Path("vtc.rttm").write_text(
        "SPEAKER e1 1 1.0 2.0 <NA> <NA> KCHI <NA> <NA>\n"
        "SPEAKER e1 1 4.0 1.0 <NA> <NA> FEM <NA> <NA>\n"
    )
    found = document("e1.its", "vtc.rttm")
    assert (found["labels"], value(found, "kappa")) == ("speakers", 1.0)


def test_a_dataset_and_a_folder_are_compared() -> None:
    for number in range(2):
        folder = Path(f"dataset/segments/child=c{number}")
        folder.mkdir(parents=True)
        annotations.write(day(f"c{number}/day.wav"), folder / "day.parquet")
    Path("human/c0").mkdir(parents=True)
    Path("human/c1").mkdir(parents=True)
    for number in range(2):
        annotations.write(day(), f"human/c{number}/day.csv")
    Path("pairs.csv").write_text("reference,other\nc0/day,c0/day.wav\nc1/day,c1/day.wav\n")
    # The recording is named in the file of CSV; it must be that of the pair.
    for number in range(2):
        path = Path(f"human/c{number}/day.csv")
        path.write_text(path.read_text().replace("day1", f"c{number}/day"))
    found = document("human", "dataset", "--pairs", "pairs.csv")
    assert value(found, "kappa") == pytest.approx(1)
    coverage = found["coverage"]
    assert isinstance(coverage, dict)
    assert coverage["recordings"] == {"c0/day": "c0/day.wav", "c1/day": "c1/day.wav"}


def childproject() -> None:
    """Two sets of a ChildProject folder, of which 30 s were annotated."""
    Path("project/metadata").mkdir(parents=True)
    Path("project/recordings/raw").mkdir(parents=True)
    Path("project/metadata/recordings.csv").write_text(
        "experiment,child_id,date_iso,start_time,recording_device_type,recording_filename,duration\n"
        "e,c07,2024-05-01,09:30,usb,day1.wav,3600000\n"
    )
    Path("project/metadata/children.csv").write_text(
        "experiment,child_id,child_dob\ne,c07,2023-08-01\n"
    )
    columns = "set,recording_filename,time_seek,range_onset,range_offset"
    rows = [f"{columns},raw_filename,annotation_filename"]
    for name in ("an1", "an2"):
        folder = Path(f"project/annotations/{name}/converted")
        folder.mkdir(parents=True)
        lines = ["segment_onset,segment_offset,speaker_type,vcm_type"]
        lines += [f"{1000 * a:.0f},{1000 * b:.0f},CHI,{c[0]}" for a, b, c in ROWS[1:3]]
        (folder / "day1_0_30.csv").write_text("\n".join(lines) + "\n")
        rows.append(f"{name},day1.wav,0,0,30000,day1.eaf,day1_0_30.csv")
    Path("project/metadata/annotations.csv").write_text("\n".join(rows) + "\n")


def test_sets_of_childproject_are_compared_on_their_ranges() -> None:
    childproject()
    found = document("project/annotations/an1", "project/annotations/an2/converted")
    assert value(found, "kappa") == pytest.approx(1)
    coverage = found["coverage"]
    assert isinstance(coverage, dict)
    assert (coverage["compared_s"], coverage["n_children"]) == (30.0, 1)
    groups = {(f["by"], f["group"]) for f in found["figures"]}  # type: ignore[attr-defined]
    assert {("age", "6 to 12 months"), ("hour", "09:00"), ("child", "e c07")} <= groups


def test_a_missing_file_of_a_set_is_an_error_and_the_rest_is_compared() -> None:
    childproject()
    table = Path("project/metadata/annotations.csv")
    table.write_text(table.read_text() + "an1,day2.wav,0,0,30000,day2.eaf,day2_0_30.csv\n")
    found = document("project/annotations/an1", "project/annotations/an2", code=5)
    assert value(found, "kappa") == pytest.approx(1)
    assert "day2_0_30.csv" in json.dumps(found["failed_files"])


@pytest.mark.parametrize("by", ["sample", "tier"])
def test_regions_are_of_a_sample_or_a_tier(by: str) -> None:
    human = day()
    if by == "tier":
        code = Segment(0, 20, "x", tier="code")
        segments = (*(Segment(s.onset_s, s.offset_s, s.label, tier="i") for s in human.segments),
                    code)  # fmt: skip
        human = Timeline("day1", segments, 60.0, tiers=(Tier("i"), Tier("code")))
        options = ["--region-tier", "code"]
    else:
        Path("sample.csv").write_text(
            "sample_id,recording_id,child_id,corpus,onset_s,offset_s,stratum,label,probability\n"
            "s1,day1.wav,c07,x,0.0,10.0,high,,\ns2,day1.wav,c07,x,10.0,20.0,low,,\n"
        )
        options = ["--regions", "sample.csv"]
    annotations.write(human, "human.parquet")
    more = (*day().segments, Segment(30, 50, "Crying"))
    annotations.write(Timeline("day1", more, 60.0), "machine.parquet")
    found = document("human.parquet", "machine.parquet", *options)
    assert value(found, "kappa") == pytest.approx(1)
    assert value(document("human.parquet", "machine.parquet"), "kappa") != pytest.approx(1)


def test_a_map_names_classes() -> None:
    annotations.write(day(label="babble"), "human.csv")
    annotations.write(day(label="Canonical"), "machine.csv")
    Path("map.csv").write_text("label,class\nbabble,Canonical\n")
    found = document("human.csv", "machine.csv", "--map", "map.csv")
    assert value(found, "recall", "Canonical") == 1.0


def test_the_table_has_a_row_of_each_figure() -> None:
    annotations.write(day(), "human.csv")
    annotations.write(day(late=0.2), "machine.csv")
    result = agree("human.csv", "machine.csv", "--csv", "a.csv", "--second-coder", "human.csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(Path("a.csv").read_text())))
    wanted = ["comparison", "by", "group", "level", "class", "measure", "value", "low", "high", "n"]
    assert list(rows[0]) == wanted
    (ceiling,) = [
        row["value"]
        for row in rows
        if (row["comparison"], row["by"], row["measure"], row["class"], row["level"])
        == ("second coder", "all", "kappa", "", "units")
    ]
    assert float(ceiling) == pytest.approx(1)
    assert "Cohen's kappa (units)" in result.stdout
    assert "Second coder" in result.stdout


def test_text_is_a_paragraph_with_the_figures() -> None:
    annotations.write(day(), "human.csv")
    annotations.write(day(late=0.2), "machine.csv")
    text = agree("human.csv", "machine.csv", "--text", "--collar", "250").stdout
    assert text.count("\n") == 1
    for part in ("1 recording", "1.0 minutes", "100 ms", "collar of 250 ms", "VocalBaby 0."):
        assert part in text
    found = document("human.csv", "machine.csv", "--collar", "250")
    assert f"kappa was {value(found, 'kappa'):.2f}" in text
    assert found["methods"] == text.strip()


class _Page(HTMLParser):
    """What a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.unnamed = 0
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "svg" and not given.get("aria-label") and given.get("aria-hidden") != "true":
            self.unnamed += 1
        self.addresses += [given[key] or "" for key in ("src", "href") if key in given]


def test_the_page_is_whole_and_has_texts_for_its_drawings() -> None:
    name = "<b>day1</b>"
    for file, late in (("human.parquet", 0.0), ("machine.parquet", 0.2)):
        timeline = day(name, late=late)
        child = Child("c&7", age_months=9.0)
        annotations.write(Timeline(name, timeline.segments, 3600.0, child=child), file)
    result = agree("human.parquet", "machine.parquet", "--html", "a.html")
    assert result.exit_code == 0, result.output
    text = Path("a.html").read_text()
    page = _Page()
    page.feed(text)
    assert "<b>day1" not in text
    assert (page.unnamed, page.addresses) == (0, [])
    assert "script" not in page.tags
    assert page.tags.count("table") >= 4
    assert page.tags.count("svg") >= 4
    assert re.search(r"aria-label=\"Precision, recall and F1 of time units by class", text)


def test_files_of_others_are_not_replaced() -> None:
    annotations.write(day(), "human.csv")
    Path("a.csv").write_text("my,own\n")
    with pytest.raises(FileError, match="was not written by this command"):
        agree("human.csv", "human.csv", "--csv", "a.csv")
    assert Path("a.csv").read_text() == "my,own\n"
    assert agree("human.csv", "human.csv", "--csv", "a.csv", "--overwrite").exit_code == 0
    assert agree("human.csv", "human.csv", "--csv", "a.csv").exit_code == 0
    assert Path("a.csv").read_text().startswith("comparison,by")


def test_recordings_give_figures_by_noise() -> None:
    annotations.write(day(), "human.csv")
    Path("sound").mkdir()
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.001, 60 * 16_000)
    for a, b, _ in ROWS:
        sound[round(16_000 * a) : round(16_000 * b)] *= 100
    audio.write_wav(Path("sound/day1.wav"), sound, 16_000)
    result = agree("human.csv", "human.csv", "--recordings", "sound")
    assert "By snr" in result.stdout
    assert re.search(r"20 dB or more +1\.00", result.stdout)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--unit", "0"], "unit"),
        (["--labels", "words"], "labels"),
        (["--by", "weather"], "no groups by"),
        (["--region-tier", "code"], "no segment on the tier"),
        (["--pairs", "nothing.csv"], "does not exist"),
    ],
)
def test_wrong_options_are_explained(options: list[str], message: str) -> None:
    annotations.write(day(), "human.csv")
    result = CliRunner().invoke(app, ["agree", "human.csv", "human.csv", *options])
    text = result.output + (str(result.exception) if result.exception else "")
    assert result.exit_code != 0
    assert message in text
    assert isinstance(result.exception, VocalBabyError)
