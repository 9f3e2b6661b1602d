"""The first settings of the service: where it listens, and which model it serves."""

from pydantic import BaseModel, ConfigDict, Field

from vocalbaby.entity.bundle import MAX_TOTAL_BYTES
from vocalbaby.entity.channel import NAME

__all__ = ["BasicSettings"]


class BasicSettings(BaseModel):
    """The settings that `vocalbaby.api.settings.Settings` begins with."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    host: str = Field(
        default="0.0.0.0",  # noqa: S104 - a service in a container is reached from outside it
        description="address to listen on",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="port to listen on; 0 picks a free one"
    )
    forwarded_allow_ips: str | None = Field(
        default=None,
        description="addresses and networks of trusted proxies, separated by commas; default: none",
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$",
        description="path under which clients reach the service behind a proxy, as /vocalbaby",
    )
    workers: int = Field(
        default=1, ge=1, le=256, description="number of processes, which share all limits"
    )
    worker_timeout_seconds: float = Field(
        default=30.0,
        ge=1,
        description="time without a response after which a worker is killed and replaced; a service"
        " of one process exits with 1",
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
    store_timeout_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="maximum time for the store, or for --model, to deliver a model or a channel",
    )
    max_model_bytes: int = Field(
        default=MAX_TOTAL_BYTES,
        ge=1024,
        le=MAX_TOTAL_BYTES,
        description="maximum size of a model bundle, packed and unpacked, in bytes",
    )
    store_fallback: bool = Field(
        default=False, description="serve --model until a model of the store is loaded"
    )
