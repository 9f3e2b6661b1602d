"""Construction of the manifest from the corpora that ``data.yaml`` lists."""

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import Field

from vocalbaby.audio import listing
from vocalbaby.components.same_sound import children_with_same_sound, notes_of_same_sound
from vocalbaby.components.splitting import SplitConfig, assign_splits
from vocalbaby.corpora.adapters import Source, SyntheticSource, read_source
from vocalbaby.corpora.candidates import OTHER_LABEL, deduplicate
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.identity import ChildKey, corpus_key, normal_id
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import ClipRecord, Manifest, Note, Rejection
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.exception import ConfigError, DataError
from vocalbaby.utils.wording import counted, none_of

__all__ = [
    "IngestionConfig",
    "build_manifest",
    "rejected_share",
    "require_few_rejections",
    "summarize",
    "unify_ids",
]

logger = logging.getLogger(__name__)

#: Rejections that the user asked for, or of files that are no recordings or listed already. They
#: do not count in the share that is rejected.
INTENDED: Final = frozenset(
    {*listing.IGNORABLE, "excluded", "not_audio", "same_file", "same_folder"}
)

#: Share of rejected rows above which a warning is logged.
HIGH_SHARE: Final = 0.1


class IngestionConfig(StrictModel):
    """Settings of ingestion: the corpora and how they are split.

    Attributes:
        sources: The corpora in order. Of clips with the same identifier or audio, the
            first is kept.
        max_rejected: Share of the rows that may be rejected; more are an error, after the
            manifest is written. Rows that ``where`` excludes and files that are no audio do
            not count. Null for no limit.
        split: Shares of train, devel and test.
    """

    sources: tuple[Source, ...] = Field(min_length=1)
    max_rejected: float | None = Field(default=None, ge=0.0, le=1.0)
    split: SplitConfig = SplitConfig()


def build_manifest(
    config: IngestionConfig,
    audio_folder: Path,
    *,
    progress: TaskProgressCallback | None = None,
) -> Manifest:
    """Read every corpus, remove duplicates, and split the clips by child.

    A child is identified by corpus and ``child_ID``, in any spelling; see `unify_ids`.

    Args:
        config: Corpora and shares of the splits.
        audio_folder: Folder for the audio of synthetic corpora.
        progress: Called with (adapter, rows done, rows in all).

    Returns:
        The records with their splits, and all rejections.

    Raises:
        DataNotFoundError: A corpus does not exist.
        DataError: No row of any corpus can be used.
        ConfigError: Two sources without a name have children of the same IDs.
    """
    rows = []
    sources: list[tuple[Source, Manifest]] = []
    rejections: list[Rejection] = []
    notes: list[Note] = []
    for source in config.sources:
        name = source.adapter
        manifest = read_source(source, audio_folder, progress=for_task(progress, name))
        sources.append((source, manifest))
        rows += [(f"{name}:{r.clip_ID}", r) for r in manifest.records]
        rejections += manifest.rejections
        notes += manifest.notes
    _require_names(sources)
    records, duplicates = deduplicate(rows)
    rejections += duplicates
    if not records:
        raise _unusable(rejections)
    unified, spellings = unify_ids(records)
    first_of: dict[ChildKey, ChildKey] = {}
    if config.split.same_sound_together:
        first_of = children_with_same_sound(unified, for_task(progress, "same sounds"))
        notes += notes_of_same_sound(unified, first_of)
    split = assign_splits(unified, config.split, first_of)
    return Manifest(split, tuple(rejections), (*notes, *spellings))


def _unusable(rejections: Sequence[Rejection]) -> DataError:
    """Return the error of corpora without a usable row, with the first reasons."""
    if not rejections:
        return DataError(
            "The corpora have no recording and no row.",
            hint="Name the folder that contains the recordings, or a table with rows.",
        )
    text = f"{none_of(len(rejections), 'row')} be used ({_reasons(rejections)})"
    hint = f"Check the columns of the tables, and the paths, which are relative to {Path.cwd()}."
    if {r.code for r in rejections} == {"label_unknown"}:
        hint = (
            f"Rename the folders of the classes, or the labels in the table, to "
            f"{', '.join(CLASSES)}."
        )
    return DataError(f"{text}: {_examples(rejections)}.", hint=hint)


def _require_names(sources: Sequence[tuple[Source, Manifest]]) -> None:
    """Refuse two sources that have a child in common only because they have one default name."""
    known: dict[ChildKey, tuple[int, bool]] = {}
    for number, (source, manifest) in enumerate(sources, 1):
        is_named = isinstance(source, SyntheticSource) or "corpus" in source.model_fields_set
        default = "" if isinstance(source, SyntheticSource) else source.corpus
        for record in manifest.records:
            # A name from the table's column is as good as one from the settings.
            clear = is_named or (bool(default) and record.corpus != default)
            first, first_clear = known.setdefault(record.child, (number, clear))
            if first != number and not (clear and first_clear):
                raise ConfigError(
                    f"The sources {first} and {number} of data.yaml are both the corpus "
                    f"{record.corpus!r}, and both have a child {record.child_ID!r}.",
                    hint="Give each source its own name with `corpus:`, or both the same name if "
                    "equal IDs are the same child.",
                )


def unify_ids(records: Sequence[ClipRecord]) -> tuple[tuple[ClipRecord, ...], tuple[Note, ...]]:
    """Write the IDs of a child in one way.

    If a child of a corpus is written in several ways (``1`` and ``1.0``), all IDs of the corpus
    are written in normal form; see `vocalbaby.entity.identity.normal_id`. Other corpora
    stay as they are.

    Returns:
        The records in the same order, and a note for each child with several spellings.
    """
    spelled: dict[ChildKey, dict[str, None]] = defaultdict(dict)
    corpora: dict[str, str] = {}
    for record in records:
        spelled[record.child].setdefault(record.child_ID)
        corpora.setdefault(corpus_key(record.corpus), record.corpus)
    mixed = {corpus for (corpus, _), names in spelled.items() if len(names) > 1}
    unified = tuple(
        replace(
            record,
            corpus=corpora[record.child[0]],
            child_ID=normal_id(next(iter(spelled[record.child])))
            if record.child[0] in mixed
            else record.child_ID,
        )
        for record in records
    )
    notes = [
        Note(
            corpora[key[0]],
            "",
            "child_id_spellings",
            f"the child {normal_id(next(iter(names)))!r} is written {', '.join(map(ascii, names))}",
        )
        for key, names in spelled.items()
        if len(names) > 1
    ]
    return unified, tuple(notes)


def rejected_share(manifest: Manifest) -> float:
    """Share of the rows that were rejected, without those that `INTENDED` names."""
    rejected = sum(r.code not in INTENDED for r in manifest.rejections)
    return rejected / max(rejected + len(manifest.records), 1)


def require_few_rejections(manifest: Manifest, limit: float | None) -> None:
    """Log a warning if many rows were rejected, and raise an exception above a limit.

    Args:
        manifest: All rows.
        limit: Largest share; None for no limit.

    Raises:
        DataError: The share is higher than the limit.
    """
    share = rejected_share(manifest)
    found = [r for r in manifest.rejections if r.code not in INTENDED]
    verb = "was" if len(found) == 1 else "were"
    what = f"{counted(len(found), 'row')} ({share:.1%}) {verb} rejected ({_reasons(found)})"
    if limit is not None and share > limit:
        raise DataError(
            f"{what}, and at most {limit:.1%} are allowed.",
            hint="Each row has its reason in rejections.csv. Correct the corpus, or raise "
            "max_rejected in the section ingestion of data.yaml.",
        )
    if share > HIGH_SHARE:
        logger.warning("%s: %s.", what, _examples(found))
    contradictory = _contradictory(manifest)
    if contradictory:
        logger.warning(
            "Of %s with the same audio as an earlier clip, the label is another one, and only the "
            "earlier clip is used, e.g. %s: %s. Decide which label is right; rejections.csv lists "
            "the clips as duplicate_audio.",
            counted(len(contradictory), "clip"),
            contradictory[0].clip_ID,
            contradictory[0].reason,
        )


def _contradictory(manifest: Manifest) -> list[Rejection]:
    return [r for r in manifest.rejections if OTHER_LABEL in r.reason]


def _examples(rejections: Sequence[Rejection]) -> str:
    """Return up to three reasons of the most frequent code."""
    code = Counter(r.code for r in rejections).most_common(1)[0][0]
    reasons = list(dict.fromkeys(r.reason.rstrip(".") for r in rejections if r.code == code))
    return "; ".join(reasons[:3]) + (" ..." if len(reasons) > 3 else "")


def _reasons(rejections: Sequence[Rejection]) -> str:
    counts = Counter(r.code for r in rejections).most_common(5)
    return ", ".join(f"{code}: {n}" for code, n in counts) or "no rows"


def summarize(manifest: Manifest) -> dict[str, object]:
    """Count rows, accepted clips by corpus, class and split, and rejections and notes by code.

    ``contradictory_labels`` counts clips whose audio an earlier clip has with another label; the
    key is missing if there are none.
    """
    records = manifest.records
    summary: dict[str, object] = {
        "rows": len(records) + len(manifest.rejections),
        "accepted": len(records),
        "rejected": len(manifest.rejections),
        "children": len({r.child for r in records}),
        "duration_s": round(sum(r.duration_s for r in records), 3),
        "by_corpus": dict(sorted(Counter(r.corpus for r in records).items())),
        "by_class": dict(sorted(Counter(r.Answer for r in records).items())),
        "by_split": dict(sorted(Counter(r.split for r in records).items())),
        "rejected_by_code": dict(sorted(Counter(r.code for r in manifest.rejections).items())),
    }
    if contradictory := len(_contradictory(manifest)):
        summary["contradictory_labels"] = contradictory
    if manifest.notes:
        summary["notes_by_code"] = dict(sorted(Counter(n.code for n in manifest.notes).items()))
    return summary
