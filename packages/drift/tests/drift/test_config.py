from pathlib import Path

import pytest
from pydantic import ValidationError

from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.utils.config import load_config

FILE = Path(__file__).parents[4] / "configs" / "drift.yaml"


def test_the_settings_file_holds_every_setting_with_its_default() -> None:
    """Images run without the file, so the defaults have to be the same."""
    loaded = load_config(FILE, DriftConfig, environ={})
    assert loaded == DriftConfig()
    assert loaded.model_fields_set == set(DriftConfig.model_fields)
    for name in DriftConfig.model_fields:
        section = getattr(loaded, name)
        assert section.model_fields_set == set(type(section).model_fields), name


def test_settings_are_read_from_the_environment_without_a_file() -> None:
    environ = {"VOCALBABY_DRIFT__SCORE__THRESHOLD": "0.7", "VOCALBABY_DRIFT__LOG": "log"}
    config = load_config(
        None, DriftConfig, "drift", environ=environ, ignore={"VOCALBABY_DRIFT__LOG"}
    )
    assert config.score.threshold == 0.7


def test_other_methods_are_refused() -> None:
    with pytest.raises(ValidationError):
        DriftConfig.model_validate({"columns": {"method": "ks"}})
