"""The settings of the service, from options of ``vocalbaby-serve`` or from the environment.

``max_files`` is the option ``--max-files`` and the variable ``VOCALBABY_API__MAX_FILES``; options
take precedence. docs/decisions/0012-http-libraries.md compares this with pydantic-settings.
"""

import os
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from vocalbaby.api.settings_basics import BasicSettings
from vocalbaby.api.settings_errors import ENV_PREFIX, check_networks, settings_error

__all__ = ["ENV_PREFIX", "Settings"]


class Settings(BasicSettings):
    """Settings of one server process; the description of each field explains it.

    Examples:
        >>> settings = Settings(port=8080)
        >>> settings.port, settings.workers
        (8080, 1)
    """

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
    write_seconds: float = Field(
        default=30.0,
        gt=0,
        description="time in which a client must have received a part of a response, at least"
        " 1 KiB per second; otherwise its connection is closed",
    )
    max_connections: int = Field(
        default=512,
        ge=1,
        description="maximum number of open connections; beyond it, requests get 503, except those"
        " for /health and /ready, and beyond twice the number connections are closed at once",
    )
    max_client_connections: int | None = Field(
        default=None,
        ge=1,
        description="maximum number of open connections of one address (IPv6: of one /64 network);"
        " beyond it, requests get 429; default: a quarter of --max-connections, without a limit for"
        " addresses of this machine",
    )
    max_archive_members: int = Field(
        default=256, ge=1, le=65534, description="maximum number of members of an archive"
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
    prediction_log_durability: Literal["gathered", "answered"] = Field(
        default="gathered",
        description="when a row is written. gathered: within 0.2 s, also after the response; rows"
        " survive a killed service, but not a power cut. answered: on the disk before the response"
        " is sent; a request whose rows cannot be written gets 503",
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
        description="maximum time for requests in progress to finish after draining; a process that"
        " runs much longer is killed",
    )

    _networks = field_validator("forwarded_allow_ips")(check_networks)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **options: object) -> "Settings":
        """Return settings from the environment, overridden by options.

        Args:
            environ: The environment; that of the process if None.
            options: Settings by name; those that are None are ignored.

        Raises:
            ConfigError: A variable is unknown, or a value has a wrong type or is out of range.

        Examples:
            >>> Settings.load({"VOCALBABY_API__PORT": "8080"}, workers=2).port
            8080
            >>> Settings.load({"VOCALBABY_API__PROT": "8080"})
            Traceback (most recent call last):
            vocalbaby.exception.ConfigError: The settings are wrong: VOCALBABY_API__PROT is not ...
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
            raise settings_error(error) from error
