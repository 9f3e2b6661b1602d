"""Watches a model version that has just received a share of a channel's requests.

First, every server must serve the version. Then, until the time is over, the watch requests
classifications from that version, and reads where the requests of all clients are counted, for
responses with a 5xx status.
"""

import base64
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scripts.deploy.request_counts import Counts, Source, too_many
from scripts.deploy.service import Service, tone

__all__ = ["WatchError", "WatchOptions", "watch"]

#: Number of consecutive replies from servers with the version after which all have it.
_CONSECUTIVE: Final = 5
_POLL_S: Final = 0.2


class WatchError(Exception):
    """The version must not stay; the message says why."""


@dataclass(frozen=True)
class WatchOptions:
    """What is watched, and how.

    Attributes:
        version: The model version.
        share: Share of the requests that it was given, up to 1.
        seconds: How long to watch it.
        every: Seconds between two requests.
        patience: Seconds within which the servers must serve it.
        max_error_share: Share of failed requests above which it must not stay. Fewer than three
            failures are tolerated.
    """

    version: str
    share: float
    seconds: float = 300.0
    every: float = 2.0
    patience: float = 120.0
    max_error_share: float = 0.01


def watch(service: Service, sources: Sequence[Source], options: WatchOptions) -> None:
    """Watch until the time is over.

    Args:
        service: The service.
        sources: Where the requests of all clients are counted.
        options: What is watched, and how.

    Raises:
        WatchError: A server rejects the version, the servers do not serve it in time, or too
            many requests fail.
        OSError: A source does not answer.
    """
    _wait_until_served(service, options)
    clip, failed, sent, last = tone(), 0, 0, ""
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        sent += 1
        if error := _failure(service, options.version, clip):
            failed, last = failed + 1, error
        if too_many(Counts(failed, sent), options.max_error_share):
            raise WatchError(f"{failed} of {sent} requests to {options.version} failed; {last}")
        for source in sources:
            counts = source.since()
            if too_many(counts, options.max_error_share):
                raise WatchError(
                    f"{counts.failed:g} of {counts.all:g} requests failed, according to "
                    f"{source.name}"
                )
        time.sleep(options.every)
    print(f"watch: {options.version} is healthy after {sent} requests", flush=True)


def _wait_until_served(service: Service, options: WatchOptions) -> None:
    """Wait until every server that answers gives the version its share."""
    deadline = time.monotonic() + options.patience
    consecutive, last = 0, ""
    while consecutive < _CONSECUTIVE:
        if time.monotonic() > deadline:
            raise WatchError(
                f"the servers do not serve {options.version} after {options.patience:g} s; {last}"
            )
        try:
            faults = service.get("/ready").json()["faults"]
            serves = service.get("/model").json()["serves"]
            shares = {one["model_version"]: one["share"] for one in serves}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            consecutive, last = 0, str(error)
        else:
            for fault in faults:
                if fault["model_version"] == options.version:
                    raise WatchError(f"a server rejects {options.version}: {fault['title']}")
            served = math.isclose(shares.get(options.version, 0.0), options.share, abs_tol=1e-6)
            consecutive, last = consecutive + 1 if served else 0, f"they serve {shares}"
        time.sleep(_POLL_S)


def _failure(service: Service, version: str, clip: bytes) -> str:
    """Have the version classify a clip; returns what went wrong, or an empty text."""
    data = [base64.b64encode(clip).decode()]
    reply = service.infer(
        version, {"name": "audio", "shape": [1], "datatype": "BYTES", "data": data}
    )
    try:
        outputs = {found["name"]: found["data"] for found in reply.json()["outputs"]}
        return "".join(outputs["error"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return str(error)
