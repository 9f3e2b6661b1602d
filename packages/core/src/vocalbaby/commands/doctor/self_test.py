"""Checks of the model: its files, and whether it labels a clip as it did when it was built in."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from vocalbaby import inference
from vocalbaby.bundle.files import default_bundle_path, verify_bundle
from vocalbaby.commands.doctor.findings import Finding
from vocalbaby.entity.clip import SAMPLE_RATE, Clip
from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import TABLE, outcome

if TYPE_CHECKING:
    from vocalbaby.entity.prediction import Prediction

__all__ = ["EXPECTED", "EXPECTED_VERSION", "check_model", "check_self_test", "label_example"]

#: The version of the built-in model, and its probabilities for `label_example`. A test
#: prints the new ones when the built-in model is replaced.
EXPECTED_VERSION: Final = "vocalbaby-8fca749e4e22"
EXPECTED: Final = {
    "Canonical": 0.000008,
    "Non-canonical": 0.204793,
    "Crying": 0.039087,
    "Laughing": 0.000000,
    "Junk": 0.756113,
}
#: Largest difference of a probability; other processors round sines and sums differently.
_TOLERANCE: Final = 0.01


def check_model(model: Path | None) -> Iterator[Finding]:
    """Verify the checksums of the model in use.

    Args:
        model: The bundle; None means the built-in one.
    """
    path = default_bundle_path() if model is None else model
    details: dict[str, object] = {"path": path, "is_built_in": model is None, "version": None}
    try:
        version = details["version"] = inference.load(path).manifest.version
        faults = verify_bundle(path)
    except VocalBabyError as error:
        code = outcome(error).exit_code
        yield Finding("model", "error", error.message, error.hint, code, details)
        return
    where = "built in" if model is None else str(path)
    if faults:
        hint = "Fetch the model again, or install vocalbaby-core again."
        code = TABLE["bundle_checksum"].exit_code
        yield Finding("model", "error", " ".join(faults), hint, code, details)
    else:
        yield Finding("model", "ok", f"{version} ({where}), checksums verified", details=details)


def label_example() -> "Prediction":
    """Label a computed sound with the built-in model: a voice of 0.8 s that glides up."""
    t = np.arange(round(0.8 * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * (300 * t + 125 * t**2)
    voice = sum(np.sin(k * phase) / k for k in range(1, 9))
    samples = 0.1 * voice * np.sin(np.pi * t / 0.8) ** 2
    clip = Clip("example", samples.astype(np.float32), duration_s=0.8)
    return inference.load().predict([clip])[0]


def check_self_test() -> Iterator[Finding]:
    """Compare the probabilities of an example with the expected ones."""
    found = label_example()
    difference = max(abs(found.probabilities[label] - p) for label, p in EXPECTED.items())
    details: dict[str, object] = {
        "expected": EXPECTED,
        "found": found.probabilities,
        "largest_difference": difference,
        "passed": difference <= _TOLERANCE,
    }
    text = f"an example gets the expected probabilities (difference {difference:.1e})"
    if found.model_version != EXPECTED_VERSION or difference > _TOLERANCE:
        text = f"an example gets other probabilities than expected (difference {difference:.2f})."
        hint = "Install vocalbaby-core and vocalbaby-kernel again, in the same version."
        yield Finding("self_test", "error", text, hint, TABLE["bundle_invalid"].exit_code, details)
    else:
        yield Finding("self_test", "ok", text, details=details)
