"""The first page of the reference."""

from typing import Final

__all__ = ["pages"]

_TEXT: Final = """\
# Reference

The reference lists every option, function, path, setting, code and format. Except for the audio
formats and the glossary, its pages are generated from the code of this version.

| page | content |
| --- | --- |
| [Commands](commands/index.md) | every option of every command, and the exit codes |
| [Python](python/index.md) | the public interface of every package |
| [HTTP](http.md) | paths, requests and responses of the service |
| [Settings of the service](settings.md) | options, environment variables, types and defaults |
| [Configuration files](configuration.md) | keys of the pipeline, `segment` and the drift job |
| [Error codes](errors.md) | codes, exceptions, exit codes and HTTP status codes |
| [Metrics](../metrics.md) | names, labels and buckets of what the service exports |
| [Audio formats](../formats.md) | the formats that are read, and what becomes of damaged files |
| [Glossary](../glossary.md) | terms of the field and of VocalBaby |
| [Card of the default model](../default-model-card.md) | its training data and figures |
"""


def pages() -> dict[str, str]:
    """Path -> text of the page."""
    return {"reference/index.md": _TEXT}
