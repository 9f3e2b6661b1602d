from collections.abc import Callable
from typing import Any

import pytest

Vocalbaby = Callable[..., Any]

STAGES = ("ingest", "validate", "features", "train", "evaluate")


def test_version_and_help_need_nothing_else(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("--version")
    assert run.code == 0
    assert run.out.startswith("vocalbaby ")
    run = vocalbaby("--help")
    assert run.code == 0
    for word in (*STAGES, "predict", "model", "Exit codes"):
        assert word in run.out


@pytest.mark.parametrize(
    "command", [*STAGES, "predict", "model list", "model show", "model verify"]
)
def test_the_help_of_a_command_teaches_by_example(vocalbaby: Vocalbaby, command: str) -> None:
    run = vocalbaby(*command.split(), "--help")
    assert run.code == 0
    assert "Example" in run.out
    assert f"vocalbaby {command}" in run.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fly",), "fly"),
        (("--log-level", "loud", "validate"), "There is no log level 'loud'"),
        (("ingest", "--colour", "blue"), "--colour"),
    ],
)
def test_faulty_usage_ends_with_code_2(
    vocalbaby: Vocalbaby, arguments: tuple[str, ...], message: str
) -> None:
    run = vocalbaby(*arguments)
    assert run.code == 2
    assert message in run.err
    assert "Traceback" not in run.err
