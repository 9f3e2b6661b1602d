"""The help of each command says what it said: scripts and habits of users depend on options."""

import pytest

from packages.core.tests.commands.golden_help import ENVIRONMENT, GOLDEN, helps


def test_no_help_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert list(helps()) == GOLDEN.read_text("utf-8").splitlines()
