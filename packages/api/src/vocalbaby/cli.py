"""``vocalbaby-serve``: the HTTP service from the command line."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final, get_args

from vocalbaby import logging
from vocalbaby.api.settings import ENV_PREFIX, Settings
from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import outcome

__all__ = ["main", "serve"]

_EPILOG: Final = f"""\
examples:
  vocalbaby-serve                                the built-in model on port 8000
  vocalbaby-serve --port 9000 --model ./bundle   another port, a model of your own
  {ENV_PREFIX}MAX_FILES=8 vocalbaby-serve      settings by the environment

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


def serve() -> None:
    """Entry point of ``vocalbaby-serve``."""
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the service until it is stopped; returns the exit code."""
    flags = vars(_parser().parse_args(argv))
    try:
        return _run(Settings.load(**flags))
    except VocalBabyError as error:
        sys.stderr.write(f"vocalbaby-serve: {error}\n")
        return outcome(error).exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vocalbaby-serve",
        description="Classify infant vocalizations over HTTP.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
        metavar = None if levels else name.rpartition("_")[2].upper()
        parser.add_argument(option, metavar=metavar, choices=levels, help=text)
    return parser


def _run(settings: Settings) -> int:
    # --help and a wrong option answer at once.
    from vocalbaby.api.app import create_app  # noqa: PLC0415
    from vocalbaby.api.server import DrainingServer, bind  # noqa: PLC0415

    listener = bind(settings.host, settings.port)
    logging.setup(settings.log_level, json=settings.log_json)
    app = create_app(settings)
    server = DrainingServer(app, settings)
    port = listener.getsockname()[1]
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104 - only asks
    shown = "localhost" if everywhere else settings.host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    sys.stderr.write(
        f"VocalBaby listens on {settings.host}, port {port}. Try:\n"
        f"  curl -F files=@clip.wav {url}/predict\n"
        f"  {url}/docs describes every path.\n"
    )
    sys.stderr.flush()
    server.run(sockets=[listener])
    failure = app.state.vocalbaby.engine.failure()
    if isinstance(failure, VocalBabyError):
        raise failure
    return 0 if failure is None else 1
