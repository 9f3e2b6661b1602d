import json
import logging

import pytest

from vocalbaby.logging import setup_logging


@pytest.fixture(autouse=True)
def restored() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_writes_readable_lines_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("warning")
    logging.getLogger("vocalbaby.x").warning("%d clips", 3)
    logging.getLogger("vocalbaby.x").info("not shown")
    captured = capsys.readouterr()
    assert captured.err == "WARNING vocalbaby.x: 3 clips\n"
    assert not captured.out


def test_json_lines_hold_message_extras_and_exception(
    capsys: pytest.CaptureFixture[str],
) -> None:
    setup_logging("INFO", json=True)
    try:
        int("faulty")
    except ValueError:
        logging.getLogger("x").exception("it\nfailed", extra={"clips": 3})
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["logger"], entry["message"]) == ("error", "x", "it\nfailed")
    assert entry["clips"] == 3
    assert "ValueError: invalid literal" in entry["exception"]
    assert entry["time"].endswith("Z")


def test_a_second_call_replaces_the_first_set_up(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("INFO")
    setup_logging("INFO")
    logging.getLogger("x").info("once")
    assert capsys.readouterr().err.count("once") == 1


def test_rejects_an_unknown_level() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        setup_logging("loud")
