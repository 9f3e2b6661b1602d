"""Writing a model bundle as a folder."""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vocalbaby.bundle.layout import (
    BOOSTER,
    CALIBRATION,
    CARD,
    FORMAT,
    MANIFEST,
    REFERENCE,
    record,
    version_of,
)
from vocalbaby.bundle.parsing import check, parse
from vocalbaby.entity.bundle import BundleManifest, Calibration
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import BundleError, ConfigError

__all__ = ["BundleParts", "write_bundle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleParts:
    """What a bundle is written from.

    Attributes:
        name: Lower-case letters, digits, dots and dashes; the version begins with it.
        feature_set: Name of the feature set.
        feature_set_version: Its version.
        columns: Its columns in order.
        training_data_sha256: Hash of the training tables, in hexadecimal.
        code_version: Version of the code that trained.
        metrics: Figures of the evaluation; anything JSON can hold.
        booster: XGBoost's UBJ bytes.
        calibration: Probabilities and abstention.
        reference: Parquet bytes of the drift reference sample.
        classes: Order of the booster's classes.
    """

    name: str
    feature_set: str
    feature_set_version: str
    columns: Sequence[str]
    training_data_sha256: str
    code_version: str
    metrics: dict[str, Any]
    booster: bytes
    calibration: Calibration
    reference: bytes
    classes: Sequence[str] = CLASSES


def write_bundle(
    folder: str | Path,
    parts: BundleParts,
    *,
    card: Callable[[BundleManifest], str],
    created: datetime | None = None,
) -> BundleManifest:
    """Write a bundle; a reader never meets half of one.

    Args:
        folder: Where; an older bundle there is replaced.
        parts: What it is to hold.
        card: Renders the model card once the version is known.
        created: Time to record; when None, ``SOURCE_DATE_EPOCH`` from the environment
            (reproducible-builds.org), else now.

    Returns:
        The manifest as written.

    Raises:
        BundleError: The parts do not fit each other, or ``folder`` holds something else.
        ConfigError: ``SOURCE_DATE_EPOCH`` is not a time.
    """
    folder = Path(folder)
    contents = {
        BOOSTER: bytes(parts.booster),
        CALIBRATION: (parts.calibration.model_dump_json() + "\n").encode(),
        REFERENCE: bytes(parts.reference),
    }
    values: dict[str, Any] = {
        "format": FORMAT,
        "name": parts.name,
        "classes": tuple(parts.classes),
        "feature_set": parts.feature_set,
        "feature_set_version": parts.feature_set_version,
        "columns": tuple(parts.columns),
        "training_data_sha256": parts.training_data_sha256,
        "code_version": parts.code_version,
        "metrics": parts.metrics,
        "created": (created or _now()).isoformat(timespec="seconds"),
        "files": {name: record(data) for name, data in contents.items()},
    }
    values["version"] = version_of(values)
    try:
        contents[CARD] = card(BundleManifest.model_validate(values)).encode()
        values["files"][CARD] = record(contents[CARD])
        manifest = BundleManifest.model_validate(values)
    except ValidationError as error:
        raise BundleError(f"The bundle's manifest is not valid: {error}") from error
    contents[MANIFEST] = (manifest.model_dump_json(indent=1) + "\n").encode()
    check(parse(contents, str(folder)))
    _replace_folder(folder, contents)
    return manifest


def _now() -> datetime:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigError(
            f"SOURCE_DATE_EPOCH is {epoch!r}, which is no time in seconds since 1970.",
            hint="Correct it, or unset it to record the time of writing.",
        ) from error


def _replace_folder(folder: Path, contents: dict[str, bytes]) -> None:
    if folder.exists() and not (
        folder.is_dir() and {p.name for p in folder.iterdir()} <= {*contents}
    ):
        raise BundleError(f"{folder} holds something else.", hint="Name a new or an empty folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A folder cannot be replaced in one step: a process that is killed between the two
    # renames leaves none, and the old and the new one beside it, in .NAME-…/.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        new.mkdir()
        for name, data in contents.items():
            (new / name).write_bytes(data)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
