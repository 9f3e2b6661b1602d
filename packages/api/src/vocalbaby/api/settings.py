"""What an operator can set: each by a flag of ``vocalbaby-serve`` or by the environment.

``max_files`` is ``--max-files`` and ``VOCALBABY_API__MAX_FILES``; flags win.
"""

import os
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vocalbaby.entity.channel import NAME
from vocalbaby.exception import ConfigError

__all__ = ["ENV_PREFIX", "Settings"]

#: Environment variables of the service begin with this; an unknown one is refused.
ENV_PREFIX: Final = "VOCALBABY_API__"

#: What is expected where a pattern says it, which is nothing to show.
_EXPECTED: Final = {
    "channel": "expected a name of up to 40 small letters, digits and -",
    "cors_origins": "expected * or origins such as https://lab.example,http://localhost:3000,"
    " without paths and spaces",
}


class Settings(BaseModel):
    """Settings of one server process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(
        default="0.0.0.0",  # noqa: S104 - a service in a container is reached from outside it
        description="address to listen on",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="port to listen on; 0 picks a free one"
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=256,
        description="how many processes serve the port; limits are those of all together",
    )
    model: str | None = Field(
        default=None,
        description="model bundle (folder or zip); default: the built-in one",
    )
    store: str | None = Field(
        default=None, description="model store to follow: a folder or s3://bucket/prefix"
    )
    channel: str = Field(
        default="production", pattern=f"^{NAME}$", description="channel of the store to follow"
    )
    store_seconds: float = Field(
        default=5.0, gt=0, description="seconds between two looks at the channel"
    )
    store_fallback: bool = Field(
        default=False, description="answer with --model until the store gives a model"
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        default="info", description="how much to log"
    )
    log_json: bool = Field(default=False, description="log JSON lines instead of text")
    access_log: bool = Field(default=False, description="log one line per request")
    max_body_bytes: int = Field(
        default=32 * 2**20, ge=1024, description="largest request body, in bytes"
    )
    max_files: int = Field(default=64, ge=1, description="most files in one request")
    max_clip_seconds: float = Field(
        default=30.0, gt=0, le=3600, description="longest clip, in seconds"
    )
    max_in_flight: int = Field(default=64, ge=1, description="most prediction requests at once")
    max_held_bytes: int = Field(
        default=256 * 2**20, ge=1024, description="most bytes of request bodies held at once"
    )
    max_waiting_sound_seconds: float = Field(
        default=7200.0,
        gt=0,
        description="most seconds of sound (16 kHz, mono) to come before an answer, in each"
        " process; an idle one takes any request",
    )
    body_seconds: float = Field(
        default=30.0, gt=0, description="longest time for a request body to arrive"
    )
    request_seconds: float = Field(
        default=60.0, gt=0, description="longest time from a request's head to its answer"
    )
    head_seconds: float = Field(
        default=10.0, gt=0, description="longest time for a request's head to arrive"
    )
    max_head_bytes: int = Field(
        default=32 * 2**10, ge=1024, description="largest request head, in bytes"
    )
    max_connections: int = Field(
        default=512, ge=1, description="most open connections; beyond, requests get 503"
    )
    max_archive_members: int = Field(
        default=256, ge=1, le=65534, description="most members of an archive, folders included"
    )
    max_archive_bytes: int = Field(
        default=128 * 2**20, ge=1024, description="most bytes to come out of an archive"
    )
    max_archive_ratio: float = Field(
        default=100.0, gt=1, description="most bytes out of a member per byte in, beyond 1 MiB"
    )
    retry_after_seconds: int = Field(
        default=1, ge=1, description="what a client is told to wait when the service is busy"
    )
    keys_file: str | None = Field(
        default=None, description="file of API keys, see vocalbaby-serve new-key; default: open"
    )
    require_keys: bool = Field(default=False, description="do not start without API keys")
    key_requests_per_second: float = Field(
        default=50.0, gt=0, description="requests per second that each key may send"
    )
    key_burst: int = Field(
        default=100, ge=1, description="requests that a key which has rested may send at once"
    )
    cors_origins: str | None = Field(
        default=None,
        pattern=r"^(\*|https?://[^\s,/]+(,https?://[^\s,/]+)*)$",
        description="web origins whose pages may ask, separated by commas; default: none",
    )
    drift_results: str | None = Field(
        default=None,
        description="where the drift job puts latest.json, to show it in the metrics:"
        " a folder or s3://bucket/prefix; default: not shown",
    )
    drift_seconds: float = Field(
        default=30.0, gt=0, description="seconds between two looks at the drift job's result"
    )
    prediction_log: str | None = Field(
        default=None,
        description="folder to log features and predictions in, for the drift job and audits;"
        " no audio and no file names; default: nothing is logged",
    )
    prediction_log_store: str | None = Field(
        default=None,
        description="where the log's finished files go, one an hour: a folder or"
        " s3://bucket/prefix; default: they stay in the log's folder",
    )
    prediction_log_retention_days: int | None = Field(
        default=90, ge=1, description="days after which rows are deleted from the log's folder"
    )
    prediction_log_store_retention_days: int | None = Field(
        default=None,
        ge=1,
        description="days after which rows are deleted where they were shipped; default: never",
    )
    prediction_log_queue_rows: int = Field(
        default=10_000, ge=1, description="most rows to hold for a slow disk; more are dropped"
    )
    prediction_log_fsync: bool = Field(
        default=False,
        description="count a row as written when the disk has it, against power cuts;"
        " else when the system has it, which a killed service does not harm",
    )
    prediction_log_seconds: float = Field(
        default=10.0, ge=0, description="at the end, how long to write and ship what is left"
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="serve /metrics there and not on the main port"
    )
    keep_alive_seconds: int = Field(
        default=5, ge=1, description="how long an idle connection stays open"
    )
    drain_seconds: float = Field(
        default=2.0, ge=0, description="after SIGTERM, how long to go on answering open connections"
    )
    shutdown_seconds: int = Field(
        default=30, ge=1, description="after draining, how long running requests may take to finish"
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **flags: object) -> "Settings":
        """Settings from the environment, overridden by ``flags`` that are not None.

        Raises:
            ConfigError: A variable is unknown, or a value has a wrong type or range.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {
            name.removeprefix(ENV_PREFIX).lower(): text
            for name, text in environ.items()
            if name.startswith(ENV_PREFIX)
        }
        values |= {name: value for name, value in flags.items() if value is not None}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _refusal(error) from error


def _refusal(error: ValidationError) -> ConfigError:
    faults = []
    for fault in error.errors(include_url=False):
        key = str(fault["loc"][0])
        name = f"{ENV_PREFIX}{key.upper()} (--{key.replace('_', '-')})"
        if fault["type"] == "extra_forbidden":
            faults.append(f"{ENV_PREFIX}{key.upper()} is not a setting")
        else:
            by_pattern = fault["type"] == "string_pattern_mismatch"
            expected = _EXPECTED[key] if by_pattern else fault["msg"]
            faults.append(f"{name}: {expected}, found {fault['input']!r}")
    return ConfigError(
        f"The settings are wrong: {'; '.join(faults)}.",
        hint="See vocalbaby-serve --help for every setting.",
    )
