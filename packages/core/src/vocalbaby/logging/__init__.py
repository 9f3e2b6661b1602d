"""Logging to stderr: readable lines, or one JSON object per line."""

import json
import logging
import sys
import time
from typing import Any, Final

__all__ = ["JsonFormatter", "setup_logging"]

#: Attributes that every record has; all others were added with ``extra=``.
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object per record: time (UTC), level, logger, message, extras, exception.

    Examples:
        >>> values = {"name": "api", "levelname": "INFO", "msg": "ready", "created": 0, "port": 80}
        >>> JsonFormatter().format(logging.makeLogRecord(values))[37:]
        '"level": "info", "logger": "api", "message": "ready", "port": 80}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Render a record as one line.

        Args:
            record: The record; what was added with ``extra=`` becomes a key.

        Returns:
            A JSON object.
        """
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry: dict[str, Any] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {k: v for k, v in vars(record).items() if k not in _STANDARD}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def setup_logging(level: str = "INFO", *, json: bool = False) -> None:
    """Send all log records to stderr, replacing any earlier set-up.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
        json: Write one JSON object per line instead of text.

    Raises:
        ValueError: There is no such level.

    Examples:
        >>> from vocalbaby.logging import setup_logging
        >>> setup_logging("LOUD")
        Traceback (most recent call last):
        ValueError: Unknown level: 'LOUD'
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter() if json else logging.Formatter("%(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
