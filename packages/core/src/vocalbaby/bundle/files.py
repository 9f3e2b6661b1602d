"""Model bundles as a folder or one zip: written atomically, read with suspicion."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from vocalbaby import features
from vocalbaby.bundle import archive
from vocalbaby.bundle.forest import Forest
from vocalbaby.entity.bundle import BundleManifest, Calibration, FileRecord, ModelBundle
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import BundleChecksumError, BundleError, FeatureSetError

__all__ = [
    "FORMAT",
    "BundleParts",
    "default_bundle_path",
    "pack_bundle",
    "read_bundle",
    "unpack_bundle",
    "verify_bundle",
    "write_bundle",
]

#: Version of the layout that this code writes and reads.
FORMAT: Final = 1

_MANIFEST: Final = "manifest.json"
_BOOSTER: Final = "booster.ubj"
_CALIBRATION: Final = "calibration.json"
_REFERENCE: Final = "reference.parquet"
_CARD: Final = "card.md"
_FILES: Final = (_BOOSTER, _CALIBRATION, _REFERENCE, _CARD)
_AGAIN: Final = "Fetch or write the bundle again."


def default_bundle_path() -> Path:
    """Folder of the bundle that ships with this package."""
    return Path(str(resources.files("vocalbaby.bundle"))) / "default"


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
    """
    folder = Path(folder)
    contents = {
        _BOOSTER: bytes(parts.booster),
        _CALIBRATION: (parts.calibration.model_dump_json() + "\n").encode(),
        _REFERENCE: bytes(parts.reference),
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
        "files": {name: _record(data) for name, data in contents.items()},
    }
    values["version"] = _version(values)
    try:
        contents[_CARD] = card(BundleManifest.model_validate(values)).encode()
        values["files"][_CARD] = _record(contents[_CARD])
        manifest = BundleManifest.model_validate(values)
    except ValidationError as error:
        raise BundleError(f"The bundle's manifest is not valid: {error}") from error
    contents[_MANIFEST] = (manifest.model_dump_json(indent=1) + "\n").encode()
    _check(_parse(contents, str(folder)))
    _replace_folder(folder, contents)
    return manifest


def pack_bundle(path: str | Path) -> bytes:
    """Zip a bundle (a folder or a zip); the same bundle gives the same bytes.

    Raises:
        BundleError: The bundle is not sound.
    """
    contents = _read(Path(path))
    _check(_parse(contents, str(path)))
    return archive.pack(contents)


def _now() -> datetime:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)


def read_bundle(path: str | Path) -> ModelBundle:
    """Read a bundle and check everything that its manifest promises.

    Args:
        path: Folder or zip file.

    Raises:
        BundleChecksumError: A file is not the one that the manifest lists.
        BundleError: Anything else that keeps the bundle from being used.
    """
    return _parse(_read(Path(path)), str(path))


def verify_bundle(path: str | Path) -> list[str]:
    """Read a bundle and evaluate its trees once.

    Returns:
        What is wrong with it, one sentence each; empty when it is sound.
    """
    try:
        _check(read_bundle(path))
    except BundleError as error:
        return error.message.split("\n")
    return []


def unpack_bundle(data: bytes, where: str) -> ModelBundle:
    """Read a bundle from the bytes of its zip; see :func:`read_bundle`."""
    return _parse(archive.unpack(data, (_MANIFEST, *_FILES), where), where)


def _read(path: Path) -> dict[str, bytes]:
    names = (_MANIFEST, *_FILES)
    if path.is_dir():
        return archive.read_folder(path, names)
    if path.is_file():
        return archive.read_zip(path, names)
    raise BundleError(f"There is no model bundle at {path}.", hint="Name a folder or a zip.")


def _parse(contents: dict[str, bytes], where: str) -> ModelBundle:
    """Check the files of a bundle; see :func:`read_bundle`.

    Args:
        contents: File name to bytes.
        where: What to call the bundle in messages.
    """
    manifest = _manifest(contents[_MANIFEST], where)
    if set(manifest.files) != set(_FILES):
        raise BundleError(
            f"{where} lists the files {sorted(manifest.files)}, not {sorted(_FILES)}.", hint=_AGAIN
        )
    changed = [name for name in _FILES if manifest.files[name] != _record(contents[name])]
    if changed:
        faults = [f"{name} in {where} is not the file that its manifest lists." for name in changed]
        raise BundleChecksumError("\n".join(faults), hint=_AGAIN)
    if manifest.version != _version(manifest.model_dump()):
        raise BundleChecksumError(
            f"{where} calls itself {manifest.version}, which its contents are not.", hint=_AGAIN
        )
    _check_features(manifest, where)
    try:
        calibration = Calibration.model_validate_json(contents[_CALIBRATION])
        card = contents[_CARD].decode()
    except (ValidationError, UnicodeDecodeError) as error:
        raise BundleError(f"{where} holds a file that is not valid: {error}") from error
    return ModelBundle(manifest, contents[_BOOSTER], calibration, contents[_REFERENCE], card)


def _manifest(data: bytes, where: str) -> BundleManifest:
    try:
        values = json.loads(data)
        found = values.get("format")
        if found != FORMAT:
            raise BundleError(
                f"{where} is of format {found!r}; this version reads {FORMAT}.",
                hint="Install the version of vocalbaby-core that wrote it, or a newer one.",
            )
        manifest = BundleManifest.model_validate_json(data)
    except (ValueError, RecursionError, AttributeError) as error:
        raise BundleError(f"The manifest of {where} is not valid: {error}", hint=_AGAIN) from error
    if list(manifest.classes) != [c for c in CLASSES if c in manifest.classes]:
        raise BundleError(f"{where} has the classes {manifest.classes}, not of {CLASSES}.")
    return manifest


def _check_features(manifest: BundleManifest, where: str) -> None:
    wanted = f"{manifest.feature_set} {manifest.feature_set_version}"
    hint = "Install the version of vocalbaby-core that wrote the bundle, or train again."
    try:
        known = features.get(manifest.feature_set)
    except FeatureSetError as error:
        raise BundleError(f"{where} wants the features {wanted}. {error}", hint=hint) from error
    if known.version != manifest.feature_set_version:
        raise BundleError(
            f"{where} wants the features {wanted}; installed is version {known.version}.", hint=hint
        )
    if tuple(column.name for column in known.columns) != manifest.columns:
        raise BundleError(f"{where} lists other columns than {wanted} has.", hint=hint)


def _check(bundle: ModelBundle) -> None:
    """Refuse parts that do not fit each other."""
    manifest, calibration = bundle.manifest, bundle.calibration
    forest = Forest.from_ubj(bundle.booster)
    widths = {forest.n_features, len(manifest.columns), len(calibration.novelty_center)}
    if widths != {len(manifest.columns)}:
        raise BundleError(f"Booster, columns and calibration differ in width: {sorted(widths)}.")
    counts = {forest.n_classes, len(manifest.classes), len(calibration.bias)}
    if counts != {len(manifest.classes)}:
        raise BundleError(f"Booster, classes and calibration differ in count: {sorted(counts)}.")
    if not (bundle.reference.startswith(b"PAR1") and bundle.reference.endswith(b"PAR1")):
        raise BundleError("The drift reference is not a Parquet file.")


def _record(data: bytes) -> FileRecord:
    return FileRecord(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def _version(values: dict[str, Any]) -> str:
    decisive = {
        key: values[key]
        for key in ("format", "name", "classes", "feature_set", "feature_set_version", "columns")
    }
    decisive["training_data_sha256"] = values["training_data_sha256"]
    decisive["files"] = {
        name: FileRecord.model_validate(values["files"][name]).sha256
        for name in (_BOOSTER, _CALIBRATION, _REFERENCE)
    }
    text = json.dumps(decisive, sort_keys=True).encode()
    return f"{values['name']}-{hashlib.sha256(text).hexdigest()[:12]}"


def _replace_folder(folder: Path, contents: dict[str, bytes]) -> None:
    if folder.exists() and not (
        folder.is_dir() and {p.name for p in folder.iterdir()} <= {*contents}
    ):
        raise BundleError(f"{folder} holds something else.", hint="Name a new or an empty folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        new.mkdir()
        for name, data in contents.items():
            (new / name).write_bytes(data)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
