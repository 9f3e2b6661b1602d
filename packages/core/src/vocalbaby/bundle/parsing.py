"""From the files of a bundle to a verified bundle."""

import json
from typing import Final

from pydantic import ValidationError

from vocalbaby import features
from vocalbaby.bundle.archive import Files
from vocalbaby.bundle.layout import (
    CALIBRATION,
    CARD,
    COMMON_PARTS,
    FORMAT,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    REFERENCE,
    record,
    version_of,
)
from vocalbaby.entity.bundle import (
    MAX_TOTAL_BYTES,
    BundleManifest,
    Calibration,
    FeatureSetRecord,
    ModelBundle,
)
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import BundleChecksumError, BundleError, FeatureSetError
from vocalbaby.models import registry
from vocalbaby.models.parts import parse_part

__all__ = ["check", "collect", "explain", "parse", "parse_manifest"]

_AGAIN: Final = "Fetch or write the bundle again."
#: Most values of a calibration: axes of the novelty, and knots of isotonic maps.
_MAX_NUMBERS: Final = 2_000_000
#: Most keys of a manifest. Each unknown one would take the memory of an error.
_MAX_KEYS: Final = 20_000
_OLD_FORMAT: Final = (
    "Train the model again with `vocalbaby train`, or leave the model out to use the built-in one."
)
_NEWER: Final = "Install the version of vocalbaby-core that wrote it, or a newer one."


def collect(files: Files, max_bytes: int = MAX_TOTAL_BYTES) -> dict[str, bytes]:
    """Read the manifest and exactly the parts that it lists.

    Args:
        files: A folder or zip.
        max_bytes: Most bytes of all parts together.

    Returns:
        File name to contents. A part that is larger than its manifest says is cut one byte
        after that size, which `parse` then refuses.

    Raises:
        BundleError: The manifest is not valid, files are missing or unexpected, or one
            cannot be read.

    Examples:
        >>> from vocalbaby.bundle.archive import read_archive
        >>> from vocalbaby.bundle.files import default_bundle_path
        >>> contents = collect(read_archive(default_bundle_path()))
        >>> parse(contents, "the built-in model").manifest.name
        'vocalbaby'
    """
    where, names = files.where, sorted(files.names())
    if MANIFEST not in names:
        raise BundleError(
            f"{where} lacks {MANIFEST}.", hint="Name the folder or zip of a model bundle."
        )
    data = files.read(MANIFEST, MAX_MANIFEST_BYTES)
    if len(data) > MAX_MANIFEST_BYTES:
        raise BundleError(f"{MANIFEST} in {where} is over the limit of {MAX_MANIFEST_BYTES} bytes.")
    parts = parse_manifest(data, where).parts
    if missing := sorted({*parts} - {*names}):
        raise BundleError(f"{where} lacks {', '.join(missing)}.", hint=_AGAIN)
    if names != sorted([MANIFEST, *parts]):
        known = {MANIFEST, *parts}
        extra = sorted({name for name in names if name not in known or names.count(name) > 1})
        raise BundleError(f"{where} holds other files: {extra[:5]}.", hint="Remove them.")
    if sum(part.size for part in parts.values()) > max_bytes:
        raise BundleError(f"The parts of {where} have more than {max_bytes} bytes, the limit.")
    return {MANIFEST: data} | {name: files.read(name, part.size) for name, part in parts.items()}


def parse(contents: dict[str, bytes], where: str) -> ModelBundle:
    """Check everything that the manifest promises.

    Args:
        contents: File name to bytes, as `collect` returns them.
        where: What to call the bundle in messages.

    Returns:
        The bundle.

    Raises:
        BundleChecksumError: A file is not the one that the manifest lists.
        BundleError: Anything else that keeps the bundle from being used.

    Examples:
        >>> from vocalbaby.bundle.archive import read_archive
        >>> from vocalbaby.bundle.files import default_bundle_path
        >>> contents = collect(read_archive(default_bundle_path()))
        >>> parse(contents | {"card.md": b"# Mine"}, "mine.zip")
        Traceback (most recent call last):
        vocalbaby.exception.BundleChecksumError: card.md in mine.zip is not the file that ...
    """
    manifest = parse_manifest(contents[MANIFEST], where)
    changed = [name for name, part in manifest.parts.items() if part != record(contents[name])]
    if changed:
        faults = [f"{name} in {where} is not the file that its manifest lists." for name in changed]
        raise BundleChecksumError("\n".join(faults), hint=_AGAIN)
    if manifest.version != version_of(manifest.model_dump()):
        raise BundleChecksumError(
            f"{where} does not have the contents of version {manifest.version}.", hint=_AGAIN
        )
    for wanted in manifest.feature_sets:
        _check_feature_set(wanted, where)
    named = f"{CALIBRATION} in {where}"
    calibration = parse_part(contents[CALIBRATION], named, Calibration, _MAX_NUMBERS)
    try:
        card = contents[CARD].decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{CARD} in {where} is not UTF-8 text: {error}.") from error
    model_parts = {name: contents[name] for name in manifest.parts if name not in COMMON_PARTS}
    return ModelBundle(manifest, model_parts, calibration, contents[REFERENCE], card)


def check(bundle: ModelBundle) -> None:
    """Refuse a model that is not valid, and parts that do not fit each other.

    Args:
        bundle: The bundle.

    Raises:
        BundleError: The parts do not fit, or the model or the reference is not valid.

    Examples:
        >>> from dataclasses import replace
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> check(replace(read_bundle(default_bundle_path()), reference=b""))
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: The drift reference is not a Parquet file.
    """
    manifest, calibration = bundle.manifest, bundle.calibration
    model = registry.load(manifest.kind, bundle.parts)
    widths = {model.n_features, len(manifest.columns), len(calibration.novelty_center)}
    if widths != {len(manifest.columns)}:
        raise BundleError(f"Model, columns and calibration differ in width: {sorted(widths)}.")
    counts = {model.n_classes, len(manifest.classes), len(calibration.bias)}
    if counts != {len(manifest.classes)}:
        raise BundleError(f"Model, classes and calibration differ in count: {sorted(counts)}.")
    if not (bundle.reference.startswith(b"PAR1") and bundle.reference.endswith(b"PAR1")):
        raise BundleError("The drift reference is not a Parquet file.")


def parse_manifest(data: bytes, where: str) -> BundleManifest:
    """Read a manifest.

    Args:
        data: Contents of ``manifest.json``.
        where: What to call the bundle in messages.

    Returns:
        The manifest.

    Raises:
        BundleError: It is not valid, or of another format.

    Examples:
        >>> parse_manifest(b'{"format": 1}', "old.zip")
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: old.zip has the bundle format 1; this version reads ...
    """
    if (keys := data.count(b":")) > _MAX_KEYS:
        raise BundleError(f"The manifest of {where} has {keys} keys, more than {_MAX_KEYS}.")
    try:
        found = _format_of(data)
        if found != FORMAT:
            raise BundleError(
                f"{where} has the bundle format {found!r}; this version reads format {FORMAT}.",
                hint=_OLD_FORMAT if found == 1 else _NEWER,
            )
        manifest = BundleManifest.model_validate_json(data)
    except (ValueError, RecursionError, TypeError) as error:
        reason = explain(error) if isinstance(error, ValidationError) else error
        raise BundleError(
            f"The manifest of {where} is not valid: {reason}.", hint=_AGAIN
        ) from error
    if unlisted := [name for name in COMMON_PARTS if name not in manifest.parts]:
        raise BundleError(f"The manifest of {where} does not list {unlisted}.", hint=_AGAIN)
    if MANIFEST in manifest.parts:
        raise BundleError(f"The manifest of {where} lists itself.", hint=_AGAIN)
    if list(manifest.classes) != [c for c in CLASSES if c in manifest.classes]:
        raise BundleError(
            f"{where} has the classes {manifest.classes[:9]}; "
            f"they must be among {CLASSES}, in order."
        )
    return manifest


def _format_of(data: bytes) -> object:
    values = json.loads(data)
    if not isinstance(values, dict):
        raise TypeError("it is not a JSON object")
    return values.get("format")


def explain(error: ValidationError) -> str:
    """Return the problems that pydantic found, in one line.

    Args:
        error: What pydantic raised.

    Examples:
        >>> try:
        ...     Calibration.model_validate_json("[]")
        ... except ValidationError as error:
        ...     print(explain(error))
        Input should be an object
    """
    problems = ((".".join(map(str, p["loc"])), p["msg"]) for p in error.errors(include_url=False))
    return "; ".join(": ".join(filter(None, problem)) for problem in problems)


def _check_feature_set(record: FeatureSetRecord, where: str) -> None:
    wanted = f"{record.name} {record.version}"
    hint = "Install the version of vocalbaby-core that wrote the bundle, or train again."
    try:
        known = features.of_records([record])
    except FeatureSetError as error:
        raise BundleError(f"{where} needs the features {wanted}. {error}", hint=hint) from error
    if known.version != record.version:
        raise BundleError(
            f"{where} needs the features {wanted}; installed is version {known.version}.", hint=hint
        )
    if tuple(column.name for column in known.columns) != record.columns:
        raise BundleError(f"{where} lists other columns than {wanted} has.", hint=hint)
