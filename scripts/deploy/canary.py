"""Moves a channel of a model store to a version, and rolls it back when the version fails.

    scripts/deploy_canary.sh STORE CHANNEL VERSION SHARE     a share of the requests, such as 0.1
    scripts/deploy_canary.sh STORE CHANNEL VERSION promote   all requests
    scripts/deploy_canary.sh STORE CHANNEL rollback          what was served before
    scripts/deploy_canary.sh STORE CHANNEL VERSION withdraw  the same, if VERSION is the newest

The servers follow the channel; nothing is restarted. With VOCALBABY_URL set, the first two are
watched: if the servers do not serve the version, if it fails to classify, or if clients receive
errors, the channel is rolled back and the exit code is 4. An interrupt does the same. Settings
of the watch:

    VOCALBABY_URL              address of the service
    VOCALBABY_KEY_FILE         file with an API key; or VOCALBABY_API_KEY, the key itself
    VOCALBABY_METRICS_URL      addresses of the servers' metrics, where they can be reached
    VOCALBABY_LOAD_BALANCER    app/<name>/<id>, whose errors CloudWatch counts
    VOCALBABY_WATCH_SECONDS    how long to watch (300)
    VOCALBABY_WATCH_EVERY      seconds between two requests (2)
    VOCALBABY_WATCH_PATIENCE   seconds within which the servers must serve the version (120)
    VOCALBABY_MAX_ERROR_SHARE  share of failed requests above which it is rolled back (0.01)
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

from scripts.deploy.programs import ROOT, ScriptError, number_setting, run_script
from scripts.deploy.request_counts import Source, exposed, load_balanced
from scripts.deploy.rollout_watch import WatchOptions, watch
from scripts.deploy.service import Service

__all__ = ["main", "roll_out", "watch_from_settings"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Runs a command of ``vocalbaby model`` and returns its exit code.
Model = Callable[..., int]


class _InterruptedError(Exception):
    """The process received a signal to stop."""


def roll_out(model: Model, version: str, share: str, watched: Callable[[], None] | None) -> int:
    """Give a version a share of the requests, watch it, and roll it back when it fails.

    Args:
        model: Runs a command of ``vocalbaby model``.
        version: The model version.
        share: A share such as ``0.1``, or ``promote`` for all requests.
        watched: Watches the version; None leaves it unwatched.

    Returns:
        Exit code: 0, or that of the command that failed, or 4 after a rollback.

    Raises:
        ScriptError: The rollback failed.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        # Whether the channel was moved must be known before anything is rolled back.
        _on_signals(signal.SIG_IGN)
        if share == "promote":
            code = model("promote", version)
        else:
            code = model("canary", version, "--share", share)
        if code or watched is None:
            return code
        failure = _failure_of(watched)
        if not failure:
            return 0
        print(f"deploy_canary: {failure}; rolling back", file=sys.stderr)
        if model("rollback"):
            raise ScriptError(f"the rollback FAILED: the channel still serves {version}")
        return 4
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _failure_of(watched: Callable[[], None]) -> str:
    """Watch; returns why the version must not stay, or an empty text. Then ignores signals."""
    try:
        _on_signals(_raise_interrupted)
        watched()
    except _InterruptedError:
        return "interrupted"
    except Exception as error:  # noqa: BLE001 - a version that is not watched must not stay
        return f"watch: {error}"
    finally:
        _on_signals(signal.SIG_IGN)
    return ""


def _on_signals(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for number in _SIGNALS:
        signal.signal(number, handler)


def _raise_interrupted(_number: int, _frame: FrameType | None) -> None:
    raise _InterruptedError


def watch_from_settings(version: str, share: str) -> None:
    """Watch a version as the settings of this process say.

    Raises:
        WatchError: The version must not stay.
        OSError: A source of counts does not answer, or the key cannot be read.
    """
    key_file = os.environ.get("VOCALBABY_KEY_FILE", "")
    key = Path(key_file).read_text("utf-8") if key_file else os.environ.get("VOCALBABY_API_KEY", "")
    urls = os.environ.get("VOCALBABY_METRICS_URL", "").split()
    sources = [Source(url, partial(exposed, url)) for url in urls]
    if name := os.environ.get("VOCALBABY_LOAD_BALANCER", ""):
        sources.append(Source(name, partial(load_balanced, name, datetime.now(UTC))))
    options = WatchOptions(
        version,
        1.0 if share == "promote" else float(share),
        seconds=number_setting("VOCALBABY_WATCH_SECONDS", WatchOptions.seconds),
        every=number_setting("VOCALBABY_WATCH_EVERY", WatchOptions.every),
        patience=number_setting("VOCALBABY_WATCH_PATIENCE", WatchOptions.patience),
        max_error_share=number_setting("VOCALBABY_MAX_ERROR_SHARE", WatchOptions.max_error_share),
    )
    watch(Service(os.environ["VOCALBABY_URL"], key.strip()), sources, options)


def _model(store: str, channel: str, *command: str) -> int:
    program = str(ROOT / "scripts/vocalbaby.sh")
    place = ("--store", store, "--channel", channel)
    return subprocess.run([program, "model", *command, *place], check=False).returncode


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    match arguments:
        case [store, channel, "rollback"]:
            return _model(store, channel, "rollback")
        case [store, channel, version, "withdraw"]:
            return _model(store, channel, "rollback", version)
        case [store, channel, version, share]:
            watched = None
            if os.environ.get("VOCALBABY_URL"):
                watched = partial(watch_from_settings, version, share)
            else:
                print("deploy_canary: VOCALBABY_URL is not set: not watched", file=sys.stderr)
            return roll_out(partial(_model, store, channel), version, share, watched)
    raise ScriptError(f"wrong arguments\n{__doc__}", exit_code=2)


if __name__ == "__main__":
    sys.exit(run_script("deploy_canary", main))
