"""The code reads every setting: a key that changes nothing would mislead who sets it.

The test follows the types of expressions, so a field `seed` counts as read only where it is read
of settings of its class. Validators and dumps of whole models do not count.
"""

import ast
from pathlib import Path

import pytest

from tests.settings.reads import Code

FILES = [
    path
    for distribution in ("core", "corpus", "drift")
    for path in sorted(Path("packages", distribution, "src").rglob("*.py"))
]

#: Models of the files of `configs`, of which every key is thus read.
MODELS = {
    "CalibrationConfig",
    "DriftConfig",
    "EvaluationConfig",
    "FeaturesConfig",
    "IngestionConfig",
    "ModelConfig",
    "TrainingConfig",
    "TuningConfig",
    "ValidationConfig",
}

PLANTED = """
class StrictModel: ...
class Inner(StrictModel):
    depth: int = 1
    width: int = 1
class Settings(StrictModel):
    seed: int = 0
    inner: tuple[Inner, ...] = ()
    low: float = 0.0
    high: float = 1.0
class Other:
    seed: int
    low: float
def run(path, other: Other):
    settings = load_config(path, Settings)
    for each in settings.inner:
        print(each.depth, other.seed, other.low)
    return helper(settings).high
def helper(settings) -> Settings:
    return settings
"""


def unread(code: Code) -> list[str]:
    return sorted(f"{name}.{key}" for name, key in code.settings() - code.read)


def test_every_setting_is_read() -> None:
    code = Code(ast.parse(path.read_text("utf-8")) for path in FILES)
    assert code.loaded >= MODELS
    assert len(code.settings()) > 150
    assert not unread(code)


def test_settings_that_are_not_read_are_found() -> None:
    assert unread(Code([ast.parse(PLANTED)])) == ["Inner.width", "Settings.low", "Settings.seed"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("print(settings.seed)", "Settings.seed"),
        ("print({**{}}, dict(**settings.model_dump(exclude={'low'})))", "Settings.seed"),
        ("settings.model_dump(include={'seed'})", "Settings.seed"),
        ("print([each.width for each in helper(settings).inner if each])", "Inner.width"),
        ("print((settings if path else None).low)", "Settings.low"),
    ],
)
def test_a_setting_that_is_read_is_found(line: str, key: str) -> None:
    changed = PLANTED.replace("    return helper", f"    {line}\n    return helper")
    assert key not in unread(Code([ast.parse(changed)]))


@pytest.mark.parametrize(
    "line", ["print(settings.model_dump())", "settings.seed = 1", "print(path.seed)"]
)
def test_what_does_not_read_a_setting_does_not_count(line: str) -> None:
    changed = PLANTED.replace("    return helper", f"    {line}\n    return helper")
    assert "Settings.seed" in unread(Code([ast.parse(changed)]))
