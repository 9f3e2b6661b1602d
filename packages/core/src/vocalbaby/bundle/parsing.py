"""From the files of a bundle to a bundle, with suspicion."""

import json
from typing import Final

from pydantic import ValidationError

from vocalbaby import features
from vocalbaby.bundle.layout import (
    BOOSTER,
    CALIBRATION,
    CARD,
    FILES,
    FORMAT,
    MANIFEST,
    REFERENCE,
    record,
    version_of,
)
from vocalbaby.entity.bundle import BundleManifest, Calibration, ModelBundle
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import BundleChecksumError, BundleError, FeatureSetError
from vocalbaby.models.forest import Forest

__all__ = ["check", "parse"]

_AGAIN: Final = "Fetch or write the bundle again."


def parse(contents: dict[str, bytes], where: str) -> ModelBundle:
    """Check everything that the manifest promises.

    Args:
        contents: File name to bytes.
        where: What to call the bundle in messages.

    Raises:
        BundleChecksumError: A file is not the one that the manifest lists.
        BundleError: Anything else that keeps the bundle from being used.
    """
    manifest = _manifest(contents[MANIFEST], where)
    if set(manifest.files) != set(FILES):
        raise BundleError(
            f"{where} lists the files {sorted(manifest.files)}, not {sorted(FILES)}.", hint=_AGAIN
        )
    changed = [name for name in FILES if manifest.files[name] != record(contents[name])]
    if changed:
        faults = [f"{name} in {where} is not the file that its manifest lists." for name in changed]
        raise BundleChecksumError("\n".join(faults), hint=_AGAIN)
    if manifest.version != version_of(manifest.model_dump()):
        raise BundleChecksumError(
            f"{where} calls itself {manifest.version}, which its contents are not.", hint=_AGAIN
        )
    _check_features(manifest, where)
    try:
        calibration = Calibration.model_validate_json(contents[CALIBRATION])
        card = contents[CARD].decode()
    except (ValidationError, UnicodeDecodeError) as error:
        raise BundleError(f"{where} holds a file that is not valid: {error}") from error
    return ModelBundle(manifest, contents[BOOSTER], calibration, contents[REFERENCE], card)


def check(bundle: ModelBundle) -> None:
    """Refuse parts that do not fit each other, and trees that are not sound.

    Raises:
        BundleError: The parts do not fit, or the trees or the reference are not sound.
    """
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
