"""Which files a model bundle has, and how its version follows from them."""

import hashlib
import json
from typing import Any, Final

from vocalbaby.entity.bundle import FileRecord

__all__ = [
    "CALIBRATION",
    "CARD",
    "COMMON_PARTS",
    "FORMAT",
    "MANIFEST",
    "MAX_MANIFEST_BYTES",
    "REFERENCE",
    "record",
    "version_of",
]

#: Version of the layout that this code writes and reads.
FORMAT: Final = 2

#: Identity and contents of a bundle, and where it came from.
MANIFEST: Final = "manifest.json"
#: How margins become probabilities, and when to abstain.
CALIBRATION: Final = "calibration.json"
#: Sample of the training data that drift is measured against.
REFERENCE: Final = "reference.parquet"
#: The model card.
CARD: Final = "card.md"
#: The parts of a bundle of any model kind; all others belong to the model itself.
COMMON_PARTS: Final = (CALIBRATION, REFERENCE, CARD)

#: Largest manifest in bytes.
MAX_MANIFEST_BYTES: Final = 4 * 2**20

_DECISIVE: Final = ("format", "name", "kind", "classes", "feature_sets")


def record(data: bytes) -> FileRecord:
    """Return checksum and size of a file.

    Args:
        data: Its content.

    Examples:
        >>> record(b"text").size
        4
    """
    return FileRecord(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def version_of(values: dict[str, Any]) -> str:
    """Return the version of a manifest.

    It is the name and a checksum of everything that decides a prediction, and of the drift
    reference. The card, the metrics, the code version and the time are not part of it.

    Args:
        values: The manifest, as ``model_dump`` gives it.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> manifest = read_bundle(default_bundle_path()).manifest
        >>> version_of(manifest.model_dump() | {"metrics": {}}) == manifest.version
        True
    """
    decisive = {key: values[key] for key in _DECISIVE}
    decisive["training_data_sha256"] = values["provenance"]["training_data_sha256"]
    decisive["parts"] = {
        name: part["sha256"] for name, part in values["parts"].items() if name != CARD
    }
    text = json.dumps(decisive, sort_keys=True).encode()
    return f"{values['name']}-{hashlib.sha256(text).hexdigest()[:12]}"
