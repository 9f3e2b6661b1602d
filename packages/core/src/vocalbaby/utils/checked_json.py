"""Small JSON files with a checksum: what was damaged counts as missing."""

import json
import zlib
from pathlib import Path
from typing import Any

__all__ = ["read_checked", "write_checked"]


def _checksum(values: object) -> int:
    return zlib.crc32(json.dumps(values, sort_keys=True).encode())


def write_checked(path: Path, values: dict[str, Any]) -> None:
    """Write a file, as a whole.

    Args:
        path: The file.
        values: What JSON can hold.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "run.json"
        >>> write_checked(path, {"hours": 16.0})
        >>> read_checked(path)
        {'hours': 16.0}
        >>> _ = path.write_text(path.read_text().replace("16.0", "18.0"))
        >>> read_checked(path) is None
        True
    """
    partial = path.with_name(f"{path.name}.new")
    content = {"crc32": _checksum(values), "values": values}
    partial.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    partial.replace(path)


def read_checked(path: Path) -> dict[str, Any] | None:
    """Return what `write_checked` wrote; None if the file is missing or damaged."""
    try:
        content = json.loads(path.read_bytes())
        values = content["values"]
        return values if content["crc32"] == _checksum(values) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
