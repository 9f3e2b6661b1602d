"""The command line of ``vocalbaby-serve``: every setting as an option."""

import argparse
import difflib
from collections.abc import Sequence
from typing import Final, NoReturn, get_args

from vocalbaby.api.settings import ENV_PREFIX, Settings
from vocalbaby.exception import ConfigError

__all__ = ["NEW_KEY", "Parser", "key_parser", "server_parser"]

#: The first word of the command that makes a key.
NEW_KEY: Final = "new-key"

#: What stands for a value in the help; the others end in a unit or are a number.
_METAVARS: Final = {
    "host": "ADDRESS",
    "port": "PORT",
    "model": "PATH",
    "store": "PLACE",
    "channel": "NAME",
    "max_archive_ratio": "RATIO",
    "keys_file": "FILE",
    "key_requests_per_second": "RATE",
    "cors_origins": "ORIGINS",
    "drift_results": "PLACE",
    "prediction_log": "FOLDER",
    "prediction_log_store": "PLACE",
    "metrics_port": "PORT",
}
_UNITS: Final = ("BYTES", "DAYS", "SECONDS")

_EPILOG: Final = f"""\
examples:
  vocalbaby-serve                                the built-in model on port 8000
  vocalbaby-serve --port 9000 --model ./bundle   another port, a model of your own
  {ENV_PREFIX}MAX_FILES=8 vocalbaby-serve      settings by the environment

  vocalbaby-serve {NEW_KEY} lab --file keys.txt    make an API key, shown this once
  vocalbaby-serve --keys-file keys.txt           answer only to keys of the file

ask it:
  curl -F files=@cry.wav http://localhost:8000/predict
  curl http://localhost:8000/ready               200 once a warmed model answers
  http://localhost:8000/docs                     every path, in a browser

Every option is also the environment variable {ENV_PREFIX}<OPTION>; options win.
SIGTERM drains: the service goes on answering for --drain-seconds while /ready says no,
finishes what runs, and exits with 0.

exit codes: 0 stopped, 1 internal error, 2 wrong option or port in use, 6 bad model,
7 storage unavailable
"""


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and not how everything is used."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The options of a command line.

        Raises:
            ConfigError: An option is unknown, lacks its value or has one that is not listed.
        """
        flags, unknown = self.parse_known_args(words)
        if unknown:
            word = unknown[0].partition("=")[0]
            near = difflib.get_close_matches(word, [*self._option_string_actions, NEW_KEY], 1)
            asked = f"Did you mean {near[0]}? " if near else ""
            raise ConfigError(f"There is no option {word!r}.", hint=f"{asked}{self._help()}")
        return flags

    def error(self, message: str) -> NoReturn:
        """Called by the base class; see :meth:`read`."""
        raise ConfigError(f"{message[:1].upper()}{message[1:]}.", hint=self._help())

    def _help(self) -> str:
        return f"See {self.prog} --help."


def server_parser() -> Parser:
    """The options of the service."""
    parser = Parser(
        prog="vocalbaby-serve",
        description="Classify infant vocalizations over HTTP.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for name, field in Settings.model_fields.items():
        option = f"--{name.replace('_', '-')}"
        shown = "" if field.default is None else f" (default: {field.default})"
        text = f"{field.description}{shown}"
        if field.annotation is bool:
            parser.add_argument(
                option, action=argparse.BooleanOptionalAction, default=None, help=text
            )
            continue
        levels = get_args(field.annotation) if name == "log_level" else None
        metavar = None if levels else _metavar(name)
        parser.add_argument(option, metavar=metavar, choices=levels, help=text)
    return parser


def key_parser() -> Parser:
    """The options of the command that makes a key."""
    parser = Parser(
        prog=f"vocalbaby-serve {NEW_KEY}",
        description="Make an API key and show it this once; only its hash is kept.",
        allow_abbrev=False,
    )
    parser.add_argument("name", metavar="NAME", help="whose key it is; appears in logs")
    parser.add_argument("--file", metavar="FILE", help="append the line to this file of keys")
    return parser


def _metavar(name: str) -> str:
    unit = name.rpartition("_")[2].upper()
    return _METAVARS.get(name, unit if unit in _UNITS else "N")
