from collections.abc import Callable
from typing import Any

import pytest

Vocalbaby = Callable[..., Any]

STAGES = ("ingest", "validate", "features", "train", "evaluate")


def test_prints_version_and_help(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("--version")
    assert run.code == 0
    assert run.out.startswith("vocalbaby ")
    run = vocalbaby("--help")
    assert run.code == 0
    for word in (*STAGES, "predict", "synthesize", "convert", "model", "Exit codes"):
        assert word in run.out


@pytest.mark.parametrize(
    "command",
    [*STAGES, "predict", "synthesize", "convert", "model list", "model show", "model verify"],
)
def test_help_of_every_command_has_an_example(vocalbaby: Vocalbaby, command: str) -> None:
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
def test_exits_with_code_2_on_usage_errors(
    vocalbaby: Vocalbaby, arguments: tuple[str, ...], message: str
) -> None:
    run = vocalbaby(*arguments)
    assert run.code == 2
    assert message in run.err
    assert "Traceback" not in run.err
