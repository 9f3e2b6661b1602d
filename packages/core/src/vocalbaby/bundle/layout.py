"""Which files a model bundle has, and how its version follows from them."""

import hashlib
import json
from typing import Any, Final

from vocalbaby.entity.bundle import FileRecord

__all__ = [
    "BOOSTER",
    "CALIBRATION",
    "CARD",
    "FILES",
    "FORMAT",
    "MANIFEST",
    "REFERENCE",
    "record",
    "version_of",
]

#: Version of the layout that this code writes and reads.
FORMAT: Final = 1

MANIFEST: Final = "manifest.json"
BOOSTER: Final = "booster.ubj"
CALIBRATION: Final = "calibration.json"
REFERENCE: Final = "reference.parquet"
CARD: Final = "card.md"
#: All but the manifest, which lists them.
FILES: Final = (BOOSTER, CALIBRATION, REFERENCE, CARD)


def record(data: bytes) -> FileRecord:
    """Size and checksum of a file."""
    return FileRecord(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def version_of(values: dict[str, Any]) -> str:
    """The version that a manifest with these values has: its name, and a hash of what decides."""
    decisive = {
        key: values[key]
        for key in ("format", "name", "classes", "feature_set", "feature_set_version", "columns")
    }
    decisive["training_data_sha256"] = values["training_data_sha256"]
    decisive["files"] = {
        name: FileRecord.model_validate(values["files"][name]).sha256
        for name in (BOOSTER, CALIBRATION, REFERENCE)
    }
    text = json.dumps(decisive, sort_keys=True).encode()
    return f"{values['name']}-{hashlib.sha256(text).hexdigest()[:12]}"
