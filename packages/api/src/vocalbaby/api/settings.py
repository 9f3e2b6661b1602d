"""The settings of the service, from options of ``vocalbaby-serve`` or from the environment.

``max_files`` is the option ``--max-files`` and the variable ``VOCALBABY_API__MAX_FILES``; options
take precedence. docs/decisions/0012-http-libraries.md compares this with pydantic-settings.
"""

import os
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vocalbaby.entity.channel import NAME
from vocalbaby.exception import ConfigError

__all__ = ["ENV_PREFIX", "Settings"]

#: Prefix of the service's environment variables; an unknown variable with it is refused.
ENV_PREFIX: Final = "VOCALBABY_API__"

#: The expected form of settings that are checked by a pattern, in words.
_EXPECTED: Final = {
    "job_sources": "expected addresses such as s3://bucket/prefix/, without spaces",
    "channel": "expected a name of up to 40 lowercase letters, digits and -",
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
        description="number of processes that serve the port; limits apply to all of them together",
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
        default=5.0, gt=0, description="seconds between two polls of the channel"
    )
    store_fallback: bool = Field(
        default=False, description="serve --model until a model of the store is loaded"
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        default="info", description="lowest level of messages to log"
    )
    log_json: bool = Field(default=False, description="log JSON lines instead of text")
    access_log: bool = Field(default=False, description="log one line per request")
    max_body_bytes: int = Field(
        default=32 * 2**20, ge=1024, description="maximum size of a request body, in bytes"
    )
    max_files: int = Field(default=64, ge=1, description="maximum number of files in one request")
    max_clip_seconds: float = Field(
        default=30.0, gt=0, le=3600, description="maximum length of a clip, in seconds"
    )
    max_in_flight: int = Field(
        default=64, ge=1, description="maximum number of prediction requests in progress"
    )
    max_held_bytes: int = Field(
        default=256 * 2**20,
        ge=1024,
        description="maximum size of all request bodies in memory, in bytes",
    )
    max_waiting_sound_seconds: float = Field(
        default=7200.0,
        gt=0,
        description="maximum seconds of sound (16 kHz, mono) to process before a request is"
        " answered, per process; an idle process accepts any request",
    )
    body_seconds: float = Field(
        default=30.0, gt=0, description="maximum time for a request body to arrive"
    )
    request_seconds: float = Field(
        default=60.0, gt=0, description="maximum time from a request's head to its response"
    )
    head_seconds: float = Field(
        default=10.0, gt=0, description="maximum time for a request's head to arrive"
    )
    max_head_bytes: int = Field(
        default=32 * 2**10, ge=1024, description="maximum size of a request head, in bytes"
    )
    max_connections: int = Field(
        default=512,
        ge=1,
        description="maximum number of open connections; beyond it, requests get 503",
    )
    max_archive_members: int = Field(
        default=256,
        ge=1,
        le=65534,
        description="maximum number of members of an archive, folders included",
    )
    max_archive_bytes: int = Field(
        default=128 * 2**20, ge=1024, description="maximum unpacked size of an archive, in bytes"
    )
    max_archive_ratio: float = Field(
        default=100.0,
        gt=1,
        description="maximum ratio of unpacked to packed size, for members of more than 1 MiB",
    )
    retry_after_seconds: int = Field(
        default=1, ge=1, description="Retry-After of the responses of a busy service"
    )
    job_folder: str | None = Field(
        default=None,
        description="folder of the recordings that /segment works on; default: a new folder among"
        " the temporary files, removed when the service stops",
    )
    job_sources: str | None = Field(
        default=None,
        pattern=r"^s3://[^\s,]+(,s3://[^\s,]+)*$",
        description="addresses under which /segment reads recordings from S3, separated by commas:"
        " s3://bucket/prefix/; default: none",
    )
    max_job_bytes: int = Field(
        default=4 * 2**30, ge=1024, description="maximum size of a recording of a job, in bytes"
    )
    max_job_hours: float = Field(
        default=24.0, gt=0, le=24 * 31, description="maximum length of a recording of a job"
    )
    max_jobs: int = Field(
        default=16, ge=1, description="maximum number of jobs that arrive, wait or run"
    )
    max_running_jobs: int = Field(
        default=1, ge=1, le=256, description="maximum number of jobs that run at the same time"
    )
    max_job_folder_bytes: int = Field(
        default=16 * 2**30, ge=1024, description="maximum size of the folder of jobs, in bytes"
    )
    job_upload_seconds: float = Field(
        default=3600.0, gt=0, description="maximum time for the recording of a job to arrive"
    )
    job_seconds: float = Field(default=3600.0, gt=0, description="maximum time for a job to run")
    job_keep_seconds: float = Field(
        default=21_600.0,
        gt=0,
        description="time after the last request for a job that has ended until it is removed",
    )
    keys_file: str | None = Field(
        default=None,
        description="file of API keys, see vocalbaby-serve new-key; default: no keys are needed",
    )
    require_keys: bool = Field(default=False, description="refuse to start without API keys")
    key_requests_per_second: float = Field(
        default=50.0, gt=0, description="sustained request rate of each key, per second"
    )
    key_burst: int = Field(
        default=100,
        ge=1,
        description="number of requests that a key may send at once after a pause",
    )
    cors_origins: str | None = Field(
        default=None,
        pattern=r"^(\*|https?://[^\s,/]+(,https?://[^\s,/]+)*)$",
        description="web origins whose pages may send requests, separated by commas; default: none",
    )
    drift_results: str | None = Field(
        default=None,
        description="location of the drift job's latest.json, to expose it in the metrics:"
        " a folder or s3://bucket/prefix; default: not exposed",
    )
    drift_seconds: float = Field(
        default=30.0, gt=0, description="seconds between two polls of the drift job's result"
    )
    prediction_log: str | None = Field(
        default=None,
        description="folder in which features and predictions are logged, for the drift job and"
        " audits, without audio and file names; default: nothing is logged",
    )
    prediction_log_store: str | None = Field(
        default=None,
        description="location to which the log's finished files are moved every hour: a folder or"
        " s3://bucket/prefix; default: they stay in the log's folder",
    )
    prediction_log_retention_days: int | None = Field(
        default=90, ge=1, description="days after which rows are deleted from the log's folder"
    )
    prediction_log_store_retention_days: int | None = Field(
        default=None,
        ge=1,
        description="days after which rows are deleted from --prediction-log-store; default: never",
    )
    prediction_log_queue_rows: int = Field(
        default=10_000,
        ge=1,
        description="maximum number of rows that wait for a slow disk; further rows are dropped",
    )
    prediction_log_fsync: bool = Field(
        default=False,
        description="count a row as written only when it is on the disk, so that it survives a"
        " power cut; otherwise rows survive a killed service, but not a power cut",
    )
    prediction_log_seconds: float = Field(
        default=10.0,
        ge=0,
        description="maximum time to write and move the remaining rows when the service stops",
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="port for /metrics, instead of the main port"
    )
    keep_alive_seconds: int = Field(
        default=5, ge=1, description="time for which an idle connection stays open"
    )
    drain_seconds: float = Field(
        default=2.0,
        ge=0,
        description="time after SIGTERM during which open connections are still answered",
    )
    shutdown_seconds: int = Field(
        default=30,
        ge=1,
        description="maximum time for requests in progress to finish after draining",
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **options: object) -> "Settings":
        """Settings from the environment, overridden by ``options`` that are not None.

        Raises:
            ConfigError: A variable is unknown, or a value has a wrong type or is out of range.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {
            name.removeprefix(ENV_PREFIX).lower(): text
            for name, text in environ.items()
            if name.startswith(ENV_PREFIX)
        }
        values |= {name: value for name, value in options.items() if value is not None}
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
