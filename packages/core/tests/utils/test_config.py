from pathlib import Path

import pytest
from pydantic import Field

from vocalbaby.entity.config import StrictModel
from vocalbaby.exception import ConfigError
from vocalbaby.utils.config import load_config


class Inner(StrictModel):
    folds: int = 3
    names: tuple[str, ...] = ()


class Outer(StrictModel):
    rate: float = Field(default=0.5, gt=0)
    inner: Inner = Inner()


def write(tmp_path: Path, text: str, name: str = "training.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_a_section_or_a_whole_file(tmp_path: Path) -> None:
    whole = load_config(write(tmp_path, "rate: 0.25\ninner: {folds: 4}"), Outer, environ={})
    part = load_config(
        write(tmp_path, "x: {rate: 0.25, inner: {folds: 4}}"), Outer, "x", environ={}
    )
    assert whole == part == Outer(rate=0.25, inner=Inner(folds=4))


def test_reads_an_empty_file_as_the_defaults(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, ""), Outer, environ={}) == Outer()


def test_overrides_keys_and_nested_keys_of_the_section_from_the_environment(tmp_path: Path) -> None:
    environ = {
        "VOCALBABY_TRAINING__RATE": "0.125",
        "VOCALBABY_TRAINING__INNER__NAMES": "[a, b]",
        "VOCALBABY_OTHER__NONSENSE": "1",
    }
    config = load_config(write(tmp_path, "inner: {folds: 9}"), Outer, environ=environ)
    assert config == Outer(rate=0.125, inner=Inner(folds=9, names=("a", "b")))


def test_uses_the_process_environment_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCALBABY_TRAINING__RATE", "0.75")
    assert load_config(write(tmp_path, "{}"), Outer).rate == 0.75


def test_leaves_ignored_variables_alone() -> None:
    environ = {"VOCALBABY_TRAINING__RATE": "0.125", "VOCALBABY_TRAINING__OUT": "folder"}
    ignore = {"VOCALBABY_TRAINING__OUT"}
    config = load_config(None, Outer, "training", environ=environ, ignore=ignore)
    assert config == Outer(rate=0.125)


@pytest.mark.parametrize(
    ("text", "environ", "words"),
    [
        ("inner: {fold: 4}", {}, ["training.yaml", "inner.fold", "folds, names"]),
        ("rat: 1", {}, ["training.yaml", "'rat'", "rate, inner"]),
        ("rate: -1", {}, ["'rate'", "greater than 0", "-1"]),
        ("{}", {"VOCALBABY_TRAINING__RAET": "1"}, ["'raet'", "VOCALBABY_TRAINING__"]),
        ("{}", {"VOCALBABY_TRAINING__RATE": "["}, ["VOCALBABY_TRAINING__RATE"]),
        ("rate: 1", {"VOCALBABY_TRAINING__RATE__X": "1"}, ["'rate'", "mapping"]),
        ("[1, 2]", {}, ["not a mapping"]),
        ("a: [", {}, ["not YAML"]),
    ],
)
def test_reports_the_wrong_key_value_or_file(
    tmp_path: Path, text: str, environ: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text), Outer, environ=environ)
    for word in words:
        assert word in str(caught.value)


def test_reports_a_missing_file_or_section(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        load_config(tmp_path / "nowhere.yaml", Outer)
    with pytest.raises(ConfigError, match="no section 'x'"):
        load_config(write(tmp_path, "y: {}"), Outer, "x")


def test_an_optional_file_means_the_defaults_only_where_its_folder_exists(tmp_path: Path) -> None:
    for section in (None, "training"):
        config = load_config(
            tmp_path / "training.yaml", Outer, section, environ={}, optional_file=True
        )
        assert config == Outer()
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "training.yaml", Outer, environ={})
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "none" / "x.yaml", Outer, environ={}, optional_file=True)
    with pytest.raises(ConfigError, match="no section"):
        load_config(write(tmp_path, "x: {}"), Outer, "training", environ={}, optional_file=True)
