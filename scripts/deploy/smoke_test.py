"""Tests a running service as its clients use it: health, readiness, a classification, metrics.

    scripts/smoke_test.sh URL [KEY_FILE]

It exits with 1 at the first step that fails, and names the step. Settings:

    VOCALBABY_API_KEY        an API key, instead of KEY_FILE; with a key, a request without it
                             must be rejected
    VOCALBABY_METRICS_URL    address of the metrics where they have a port of their own; without
                             it, URL/metrics must have them or not exist
    VOCALBABY_SMOKE_SECONDS  how long the service may take to become ready (60)
"""

import math
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from scripts.deploy.programs import ScriptError, number_setting, run_script
from scripts.deploy.service import Reply, Service, tone

__all__ = ["READY_SECONDS", "SmokeTestError", "check_result", "check_service", "main"]

#: How long the service may take to become ready, unless VOCALBABY_SMOKE_SECONDS says otherwise.
READY_SECONDS: Final = 60.0
_CLASSES: Final = 5
_COUNTED: Final = re.compile(rb"^vocalbaby_predictions_total\{.*\} [1-9]", re.MULTILINE)


class SmokeTestError(ScriptError):
    """A step failed; the text starts with its name."""


def check_service(url: str, key_file: str = "") -> None:
    """Run every step, and print each that passes.

    Args:
        url: Address of the service.
        key_file: File with an API key; empty for the key in VOCALBABY_API_KEY, if any.

    Raises:
        SmokeTestError: A step failed.
    """
    service = Service(url, _key(key_file))
    deadline = time.monotonic() + number_setting("VOCALBABY_SMOKE_SECONDS", READY_SECONDS)
    _wait_for(service, "/health", deadline, f"health: there is no service at {url}")
    _passed("health")
    ready = _wait_for(service, "/ready", deadline, "ready: no model is ready in time")
    _passed(f"ready: {ready.text}")

    clip = tone()
    if service.has_key:
        reply = service.classify(clip, with_key=False)
        if reply.status != 401:
            raise SmokeTestError(
                f"key: the status without a key is {reply.status}, not 401: {reply.text}"
            )
        _passed("key: a request without a key is rejected")
    reply = service.classify(clip)
    if reply.status != 200:
        raise SmokeTestError(f"predict: the status is {reply.status}: {reply.text}")
    try:
        (result,) = reply.json()["results"]
        check_result(result)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise SmokeTestError(f"predict: invalid response ({error}): {reply.text}") from None
    _passed(f"predict: {result['label']} by {result['model_version']}")
    _check_metrics(service, os.environ.get("VOCALBABY_METRICS_URL", ""))


def check_result(result: Mapping[str, Any]) -> None:
    """Check the result for one clip.

    Raises:
        ValueError: It is an error, or not a label with the probabilities of all classes.
        LookupError: A field is missing.
    """
    if result["error"] is not None:
        raise ValueError(f"error: {result['error']}")
    probabilities = result["probabilities"]
    if len(probabilities) != _CLASSES:
        raise ValueError(f"{len(probabilities)} classes, not {_CLASSES}")
    if not math.isclose(sum(probabilities.values()), 1, abs_tol=1e-4):
        raise ValueError("the probabilities do not sum to 1")
    if result["label"] not in {*probabilities, None}:
        raise ValueError(f"the label {result['label']!r} is not a class")


def _check_metrics(service: Service, private_url: str) -> None:
    reply = service.get(private_url or "/metrics")
    if reply.status == 404 and not private_url:
        _passed("metrics are not public")
    elif reply.status != 200:
        raise SmokeTestError(f"metrics: the status is {reply.status}: {reply.text}")
    elif not _COUNTED.search(reply.body):
        raise SmokeTestError("metrics: they count no prediction")
    else:
        _passed("metrics count the prediction")


def _key(key_file: str) -> str:
    if not key_file:
        return os.environ.get("VOCALBABY_API_KEY", "")
    try:
        key = Path(key_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SmokeTestError(f"key: cannot read {key_file}: {error.strerror}") from None
    if not key:
        raise SmokeTestError(f"key: {key_file} is empty")
    return key


def _wait_for(service: Service, path: str, deadline: float, failure: str) -> Reply:
    while (reply := service.get(path)).status != 200:
        if time.monotonic() >= deadline:
            raise SmokeTestError(f"{failure}: {reply.text}")
        time.sleep(1)
    return reply


def _passed(step: str) -> None:
    print(f"smoke test: {step}", flush=True)


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if len(arguments) not in {1, 2}:
        raise ScriptError("use: smoke_test.sh URL [KEY_FILE]")
    check_service(*arguments)
    return 0


if __name__ == "__main__":
    sys.exit(run_script("smoke test: FAILED", main))
