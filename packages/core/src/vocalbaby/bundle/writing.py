"""Building model bundles in memory and writing them as folders."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from vocalbaby.bundle.layout import (
    CALIBRATION,
    CARD,
    COMMON_PARTS,
    FORMAT,
    MANIFEST,
    REFERENCE,
    record,
    version_of,
)
from vocalbaby.bundle.parsing import check, explain, parse
from vocalbaby.entity.bundle import (
    BundleManifest,
    Calibration,
    FeatureSetRecord,
    ModelBundle,
    Provenance,
)
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import BundleError, ConfigError

__all__ = ["BundleContent", "build_bundle", "replace_folder", "write_bundle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContent:
    """What a bundle is written from.

    Attributes:
        name: Lower-case letters, digits, dots and dashes; the version begins with it.
        kind: Kind of the model; see `vocalbaby.models.registry`.
        parts: Contents of the model's own parts by name, as its kind requires them.
        feature_sets: The feature sets whose columns, side by side, are the model's input.
        training_data_sha256: Checksum of the training tables, in hexadecimal.
        code_version: Version of the code that trained.
        metrics: Figures of the evaluation; anything that JSON can hold.
        calibration: Probabilities and abstention.
        reference: Parquet bytes of the drift reference sample.
        classes: Order of the model's classes.

    Examples:
        >>> from dataclasses import replace
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> content = BundleContent.of(read_bundle(default_bundle_path()))
        >>> content.name, replace(content, name="mine").name
        ('vocalbaby', 'mine')
    """

    name: str
    kind: str
    parts: Mapping[str, bytes]
    feature_sets: Sequence[FeatureSetRecord]
    training_data_sha256: str
    code_version: str
    metrics: dict[str, Any]
    calibration: Calibration
    reference: bytes
    classes: Sequence[str] = CLASSES

    @classmethod
    def of(cls, bundle: ModelBundle) -> Self:
        """Return the content of an existing bundle, to write a variant of it.

        Args:
            bundle: The bundle.
        """
        manifest = bundle.manifest
        return cls(
            name=manifest.name,
            kind=manifest.kind,
            parts=bundle.parts,
            feature_sets=manifest.feature_sets,
            training_data_sha256=manifest.provenance.training_data_sha256,
            code_version=manifest.provenance.code_version,
            metrics=manifest.metrics,
            calibration=bundle.calibration,
            reference=bundle.reference,
            classes=manifest.classes,
        )


def build_bundle(
    content: BundleContent,
    *,
    card: Callable[[BundleManifest], str],
    created: datetime | None = None,
) -> ModelBundle:
    """Build a bundle in memory, with the checks that reading it from disk makes.

    Args:
        content: What the bundle is to hold.
        card: Renders the model card once the version is known.
        created: Time to record, as in `write_bundle`.

    Returns:
        The bundle.

    Raises:
        BundleError: The parts do not fit each other.
        ConfigError: ``SOURCE_DATE_EPOCH`` is not a time.

    Examples:
        >>> from dataclasses import replace
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> content = replace(BundleContent.of(read_bundle(default_bundle_path())), name="mine")
        >>> build_bundle(content, card=lambda manifest: f"# {manifest.name}").card
        '# mine'
    """
    return _checked(_files(content, card, created), content.name)


def write_bundle(
    folder: str | Path,
    content: BundleContent,
    *,
    card: Callable[[BundleManifest], str],
    created: datetime | None = None,
) -> BundleManifest:
    """Write a bundle as a folder; a reader never sees half of one.

    Args:
        folder: Where; an older bundle there is replaced.
        content: What it is to hold.
        card: Renders the model card once the version is known.
        created: Time to record; when None, ``SOURCE_DATE_EPOCH`` from the environment
            (reproducible-builds.org), else now.

    Returns:
        The manifest as written.

    Raises:
        BundleError: The parts do not fit each other, or ``folder`` holds something else.
        ConfigError: ``SOURCE_DATE_EPOCH`` is not a time.

    Examples:
        >>> from dataclasses import replace
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> content = replace(BundleContent.of(read_bundle(default_bundle_path())), name="mine")
        >>> manifest = write_bundle("bundle", content, card=lambda manifest: "# Mine")
        >>> read_bundle("bundle").manifest.version == manifest.version
        True
    """
    files = _files(content, card, created)
    bundle = _checked(files, str(folder))
    replace_folder(folder, files)
    return bundle.manifest


def _files(
    content: BundleContent, card: Callable[[BundleManifest], str], created: datetime | None
) -> dict[str, bytes]:
    """Return the contents of the bundle's files by name."""
    if taken := sorted({MANIFEST, *COMMON_PARTS} & {*content.parts}):
        raise BundleError(f"A part of the model cannot be called {taken}.")
    contents = {
        **content.parts,
        CALIBRATION: (content.calibration.model_dump_json() + "\n").encode(),
        REFERENCE: content.reference,
    }
    try:
        draft = _manifest(content, contents, created or _now())
        contents[CARD] = card(draft).encode()
        parts = draft.parts | {CARD: record(contents[CARD])}
        manifest = BundleManifest.model_validate(draft.model_dump() | {"parts": parts})
    except ValidationError as error:
        raise BundleError(f"The bundle's manifest is not valid: {explain(error)}.") from error
    contents[MANIFEST] = (manifest.model_dump_json(indent=1) + "\n").encode()
    return contents


def _checked(files: dict[str, bytes], where: str) -> ModelBundle:
    bundle = parse(files, where)
    check(bundle)
    return bundle


def _manifest(
    content: BundleContent, files: Mapping[str, bytes], created: datetime
) -> BundleManifest:
    """Return the manifest of these files, with the version that follows from them."""
    draft = BundleManifest(
        format=FORMAT,
        name=content.name,
        version="",
        kind=content.kind,
        classes=tuple(content.classes),
        feature_sets=tuple(content.feature_sets),
        parts={name: record(data) for name, data in files.items()},
        provenance=Provenance(
            training_data_sha256=content.training_data_sha256,
            code_version=content.code_version,
            created=created.isoformat(timespec="seconds"),
        ),
        metrics=content.metrics,
    )
    return draft.model_copy(update={"version": version_of(draft.model_dump())})


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


def replace_folder(folder: str | Path, contents: Mapping[str, bytes]) -> None:
    """Write the files of a bundle as a folder; a reader never sees half of one.

    Args:
        folder: Where; an older bundle there is replaced.
        contents: File name to bytes; `vocalbaby.bundle.parsing` checks them.

    Raises:
        BundleError: ``folder`` holds something else.

    Examples:
        >>> replace_folder("bundle", {"card.md": b"# Mine"})
        >>> Path("bundle", "card.md").read_text()
        '# Mine'
    """
    folder = Path(folder)
    if folder.exists() and not _may_be_replaced(folder, contents):
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


def _may_be_replaced(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Whether everything in the folder belongs to a bundle, of this format or an older one."""
    if not folder.is_dir():
        return False
    known = {*contents}
    try:
        old = json.loads((folder / MANIFEST).read_bytes())
        known |= {*(old.get("parts") or old["files"])}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass  # not a bundle, or a damaged one: only the names of this one are known
    return {path.name for path in folder.iterdir()} <= known
