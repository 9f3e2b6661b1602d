"""What is said when a function needs an extra that is not installed."""

import json
import os
from collections.abc import Mapping
from typing import Final

from scripts.deploy.programs import ScriptError
from scripts.installation.environments import Environment

__all__ = ["COMMANDS", "check_missing_extras", "pip_command"]

#: A command that needs an extra of vocalbaby-core, by the extra.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "s3": ("model", "list", "--store", "s3://bucket/models"),
    "summary": ("summarize", "day.rttm"),
    "synthesis": ("synthesize", "clips", "--per-class", "1"),
    "train": ("train",),
}
#: The first bytes of an M4A file.
_M4A: Final = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0"


def pip_command(extra: str) -> str:
    """The command that installs an extra, in the quotation marks of this system's shell."""
    quote = '"' if os.name == "nt" else "'"
    return f"pip install {quote}vocalbaby-core[{extra}]{quote}"


def check_missing_extras(environment: Environment) -> str:
    """Check that commands name the pip command of the extra that they need.

    Raises:
        ScriptError: One does not.
    """
    for extra, command in COMMANDS.items():
        done = environment.attempt("vocalbaby", *command)
        _require_named(extra, done.stderr if done.returncode == 2 else f"{done.returncode}")
    (environment.root / "day.m4a").write_bytes(_M4A)
    done = environment.attempt("vocalbaby", "predict", "day.m4a", "--format", "jsonl")
    _require_named("media", json.loads(done.stdout)["error"]["hint"])
    return f"{len(COMMANDS) + 1} commands name their extra"


def _require_named(extra: str, text: str) -> None:
    if pip_command(extra) not in text:
        raise ScriptError(f"without the extra {extra}: {text}")
