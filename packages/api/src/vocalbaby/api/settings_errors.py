"""The form of settings of the service, and the message about wrong ones."""

import ipaddress
from typing import Final

from pydantic import ValidationError

from vocalbaby.exception import ConfigError

__all__ = ["ENV_PREFIX", "check_networks", "settings_error"]

#: Prefix of the service's environment variables; an unknown variable with it is refused.
ENV_PREFIX: Final = "VOCALBABY_API__"

#: The expected form of settings that are checked by a pattern, in words.
_EXPECTED: Final = {
    "job_sources": "expected addresses such as s3://bucket/prefix/, without spaces",
    "channel": "expected a name of up to 40 lowercase letters, digits and -",
    "root_path": "expected a path such as /vocalbaby, without a slash at its end",
    "cors_origins": "expected * or origins such as https://lab.example,http://localhost:3000,"
    " without paths and spaces",
}

#: What replaces settings of former versions.
_REMOVED: Final = {"prediction_log_fsync": " any more; use PREDICTION_LOG_DURABILITY=answered"}


def check_networks(text: str | None) -> str | None:
    """Refuse what is no address or network, which would never match."""
    for item in text.split(",") if text is not None else ():
        ipaddress.ip_network(item.strip())
    return text


def settings_error(error: ValidationError) -> ConfigError:
    """The error that names every wrong setting, and what it should be."""
    faults = []
    for fault in error.errors(include_url=False):
        key = str(fault["loc"][0])
        name = f"{ENV_PREFIX}{key.upper()} (--{key.replace('_', '-')})"
        if fault["type"] == "extra_forbidden":
            faults.append(f"{ENV_PREFIX}{key.upper()} is not a setting{_REMOVED.get(key, '')}")
        else:
            by_pattern = fault["type"] == "string_pattern_mismatch"
            expected = _EXPECTED[key] if by_pattern else fault["msg"]
            faults.append(f"{name}: {expected}, found {fault['input']!r}")
    return ConfigError(
        f"The settings are wrong: {'; '.join(faults)}.",
        hint="See vocalbaby-serve --help for every setting.",
    )
