"""What is wrong in a dataset is found, and made again after it was removed."""

from pathlib import Path

import pytest

from packages.corpus.tests.corpus.engine.helpers_runs import checksums, run, settings_of
from vocalbaby.commands.main import main
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.verifying import repair, verify
from vocalbaby.summary import SummaryConfig


@pytest.fixture
def settings(archive, tmp_path):
    made = settings_of(tmp_path, summary=SummaryConfig(draws=100))
    run(archive, made)
    return made


def damage(root: Path) -> dict[str, str]:
    """Plant a problem of each kind; returns the kinds by name of the file."""
    segments = sorted((root / "segments").rglob("*.parquet"))
    figures = sorted((root / "figures").rglob("*.parquet"))
    records = sorted((root / "records").rglob("*.json"))
    data = bytearray(segments[0].read_bytes())
    data[100] ^= 1
    segments[0].write_bytes(data)
    figures[1].unlink()
    repeated = root / "records/child=other" / records[1].name
    repeated.parent.mkdir()
    repeated.write_bytes(records[1].read_bytes())
    records[2].write_bytes(records[2].read_bytes()[:-20])
    unknown = root / "segments/child=old/gone.parquet"
    unknown.parent.mkdir()
    unknown.write_bytes(b"PAR1")
    kinds = {
        segments[0]: "damaged",
        figures[1]: "missing",
        records[2]: "damaged_record",
        repeated: "repeated",
        unknown: "unknown",
    }
    return {path.relative_to(root).as_posix(): kind for path, kind in kinds.items()}


def test_every_kind_of_problem_is_found_and_repaired(archive, settings):
    before = checksums(settings)
    dataset = Dataset(settings.dataset)
    assert verify(dataset) == []
    planted = damage(Path(settings.dataset))
    found = verify(dataset)
    assert planted.items() <= {each.name: each.kind for each in found}.items()
    repair(dataset, found)
    run(archive, settings)
    assert verify(dataset) == []
    assert checksums(settings) == before


def test_the_command_exits_with_5_until_the_dataset_is_repaired(
    settings, capsys: pytest.CaptureFixture[str]
) -> None:
    next((Path(settings.dataset) / "segments").rglob("*.parquet")).write_bytes(b"damaged")
    for words, code in ((["verify"], 5), (["verify", "--repair"], 0), (["verify"], 0)):
        with pytest.raises(SystemExit) as end:
            main(["corpus", *words, settings.dataset])
        assert int(end.value.code or 0) == code
    assert "a file differs from the checksum in its record" in capsys.readouterr().out


def test_status_counts_children_and_failures(
    archive, settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (archive / "recordings/raw/a/day2.wav").write_bytes(b"This is no sound.")
    run(archive, settings)
    with pytest.raises(SystemExit):
        main(["corpus", "status", settings.dataset, "--by", "child", "--failed"])
    out = capsys.readouterr().out
    assert "lab/007" in out
    assert "failed with audio_unreadable: 1 recording" in out
    assert "a/day2: This is text" in out
