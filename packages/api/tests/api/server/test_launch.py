"""What the start of the service verifies."""

import sys

import pytest

from vocalbaby.api.server.launch import run
from vocalbaby.api.settings import Settings
from vocalbaby.exception import MissingExtraError


@pytest.mark.parametrize("option", ["store", "job_sources", "drift_results"])
def test_without_its_extra_s3_is_refused_at_the_start(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    settings = Settings.load(None, host="127.0.0.1", **{option: "s3://bucket/folder/"})
    with pytest.raises(MissingExtraError, match="s3:// addresses needs boto3") as caught:
        run(settings)
    assert caught.value.hint == "pip install 'vocalbaby-core[s3]'"
