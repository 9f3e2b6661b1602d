"""Rolling a model version out, with a channel in memory."""

import os
import signal
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from scripts.deploy import canary, programs
from scripts.deploy.canary import roll_out
from scripts.deploy.programs import ScriptError
from scripts.deploy.rollout_watch import WatchError


class Channel:
    """Records the commands that move it.

    Args:
        codes: Exit code of each command that fails.
    """

    def __init__(self, **codes: int) -> None:
        self.codes = codes
        self.commands: list[tuple[str, ...]] = []
        self.before: Callable[[], object] = lambda: None

    def __call__(self, *command: str) -> int:
        self.before()
        self.commands.append(command)
        return self.codes.get(command[0], 0)


def healthy() -> None:
    """Watch a version that is healthy."""


def failing() -> None:
    """Watch a version that fails."""
    raise WatchError("5 of 5 requests failed")


def test_a_healthy_version_keeps_its_share() -> None:
    channel = Channel()
    assert roll_out(channel, "v2", "0.1", healthy) == 0
    assert roll_out(channel, "v2", "promote", healthy) == 0
    assert channel.commands == [("canary", "v2", "--share", "0.1"), ("promote", "v2")]


@pytest.mark.parametrize(
    "error", [WatchError("it fails"), ConnectionRefusedError(), KeyError("share")], ids=repr
)
def test_a_watch_that_fails_rolls_back(error: Exception) -> None:
    def watched() -> None:
        raise error

    channel = Channel()
    assert roll_out(channel, "v2", "0.1", watched) == 4
    assert channel.commands[-1] == ("rollback",)


def test_a_version_may_stay_unwatched() -> None:
    channel = Channel()
    assert roll_out(channel, "v2", "promote", None) == 0
    assert channel.commands == [("promote", "v2")]


def test_a_channel_that_was_not_moved_is_not_rolled_back() -> None:
    channel = Channel(canary=6)
    assert roll_out(channel, "v9", "0.1", failing) == 6
    assert len(channel.commands) == 1


def test_a_rollback_that_fails_is_reported() -> None:
    with pytest.raises(ScriptError, match="the rollback FAILED: the channel still serves v2"):
        roll_out(Channel(rollback=6), "v2", "promote", failing)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_rolls_back(number: signal.Signals) -> None:
    handler = signal.getsignal(number)

    def watched() -> None:
        os.kill(os.getpid(), number)
        signal.pause()

    channel = Channel()
    assert roll_out(channel, "v2", "0.1", watched) == 4
    assert channel.commands[-1] == ("rollback",)
    assert signal.getsignal(number) is handler


def test_no_interrupt_stops_a_move_or_a_rollback() -> None:
    channel = Channel()
    channel.before = lambda: os.kill(os.getpid(), signal.SIGTERM)
    assert roll_out(channel, "v2", "0.1", failing) == 4
    assert [command[0] for command in channel.commands] == ["canary", "rollback"]


def test_documents_every_setting_that_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    read = set()

    class Environ:
        def get(self, name: str, default: str = "") -> str:
            read.add(name)
            return "https://localhost" if name == "VOCALBABY_URL" else default

        __getitem__ = get

    for module in (canary, programs):
        monkeypatch.setattr(module, "os", SimpleNamespace(environ=Environ()))
    monkeypatch.setattr(canary, "watch", lambda *_: None)
    canary.watch_from_settings("v2", "0.1")
    words = (canary.__doc__ or "").replace(",", " ").split()
    documented = {word for word in words if word.startswith("VOCALBABY_")}
    assert len(documented) == 9
    assert documented - {"VOCALBABY_API_KEY"} <= read <= documented


@pytest.mark.parametrize("arguments", [[], ["s"], ["s", "c"], ["s", "c", "v"], ["s"] * 5])
def test_rejects_wrong_arguments(arguments: list[str]) -> None:
    with pytest.raises(ScriptError, match=r"VERSION promote   all requests") as error:
        canary.main(arguments)
    assert error.value.exit_code == 2
