"""The steps of the smoke test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.deploy.smoke_test import SmokeTestError, check_result, check_service
from tests.delivery.service import Service, serving

RESULT = {"label": "a", "probabilities": dict.fromkeys("abcde", 0.2), "error": None}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("VOCALBABY_SMOKE_SECONDS", "0")
    for name in ("VOCALBABY_API_KEY", "VOCALBABY_METRICS_URL"):
        monkeypatch.delenv(name, raising=False)
    with serving() as made:
        yield made


@pytest.mark.parametrize("label", ["a", None])
def test_accepts_a_label_and_an_abstention(label: str | None) -> None:
    check_result(RESULT | {"label": label})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"error": {"code": "audio_silent"}}, "audio_silent"),
        ({"probabilities": {"a": 1.0}}, "1 classes, not 5"),
        ({"probabilities": dict.fromkeys("abcde", 0.3)}, "do not sum to 1"),
        ({"label": "Singing"}, "'Singing' is not a class"),
    ],
)
def test_rejects_a_wrong_result(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_result(RESULT | change)


def test_prints_each_step_that_passes(
    service: Service, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    service.key = "secret"
    (tmp_path / "key").write_text("secret\n")
    check_service(service.url, str(tmp_path / "key"))
    steps = [line.split(":")[1].split()[0] for line in capsys.readouterr().out.splitlines()]
    assert steps == ["health", "ready", "key", "predict", "metrics"]


@pytest.mark.parametrize(
    ("step", "faults"),
    [
        ("ready", {"ready": 503}),
        ("predict", {"status": 500}),
        ("predict", {"result": {"probabilities": []}}),
        ("predict", {"result": {"probabilities": None}}),
        ("metrics", {"metrics": (500, "")}),
    ],
)
def test_names_the_step_that_fails(service: Service, step: str, faults: dict[str, Any]) -> None:
    for name, value in faults.items():
        setattr(service, name, value)
    with pytest.raises(SmokeTestError, match=f"^{step}: "):
        check_service(service.url)
