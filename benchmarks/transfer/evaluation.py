"""What a recipe is evaluated on: left-out corpora, held-out groups, channels, speech."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.transfer.cache import cached_table, code_key, files_key, key_of
from benchmarks.transfer.channels import Channel, Samples, apply
from benchmarks.transfer.recipe import Recipe
from benchmarks.transfer.recordings import Recordings, speech_sets
from benchmarks.transfer.scores import false_infants, recalls
from benchmarks.transfer.splits import Half
from vocalbaby.audio import load
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.entity.features import FeatureSet
from vocalbaby.entity.identity import ClipKey, clip_key
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.evaluation import predict_table

__all__ = [
    "LeftOut",
    "channel_scores",
    "hard_kinds",
    "held_out_groups",
    "leave_corpora_out",
    "speech_predictions",
    "speech_scores",
]


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """A corpus, a model that never heard it, and the predictions for one half of its clips."""

    recordings: Recordings
    records: list[ClipRecord]
    predictor: Predictor
    answers: pd.DataFrame


def leave_corpora_out(
    recipe: Recipe, corpora: Collection[Recordings], half: Half
) -> Iterator[LeftOut]:
    """Train without each corpus in turn, and predict one half of its clips.

    Corpora that the recipe does not have share the model of the whole recipe.
    """
    for corpus in corpora:
        records = corpus.of_half(half)
        predictor = recipe.fit(recipe.without_corpora(corpus.corpora))
        answers = predict_table(predictor, recipe.extract(records))
        yield LeftOut(corpus, records, predictor, answers)


def held_out_groups(
    recipe: Recipe, corpora: Collection[Recordings], half: Half, added: str
) -> dict[str, pd.DataFrame]:
    """Predict one half of every corpus with one model that heard only other groups.

    Args:
        recipe: The recipe.
        corpora: The corpora. The groups of the half are left out of the training.
        half: The half to predict.
        added: Name of a corpus whose other half is added to the training, if the recipe
            does not have this corpus.
    """
    chosen = {corpus.name: corpus.of_half(half) for corpus in corpora}
    groups = {(r.corpus, r.child_ID) for records in chosen.values() for r in records}
    others = [r for c in corpora if c.name == added for r in c.records]
    others = [r for r in others if (r.corpus, r.child_ID) not in groups]
    predictor = recipe.fit(recipe.with_groups_held_out(groups, others))
    return {
        name: predict_table(predictor, recipe.extract(records)) for name, records in chosen.items()
    }


def channel_scores(
    recipe: Recipe, left_out: Collection[LeftOut], channels: dict[str, Channel]
) -> dict[str, dict[str, Any]]:
    """Compute recalls through each channel, by corpus and class, and relative to clean clips."""
    clean = {part.recordings.name: part.answers for part in left_out}
    scores = {"clean": _recalls_by_corpus(clean, clean)}
    for name, channel in channels.items():
        answers = {
            part.recordings.name: predict_table(
                part.predictor, _through(recipe, part.records, name, channel)
            )
            for part in left_out
        }
        scores[name] = _recalls_by_corpus(answers, clean)
    return scores


def _recalls_by_corpus(
    answers: dict[str, pd.DataFrame], clean: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    pooled, reference = (
        recalls(pd.concat(list(parts.values()), ignore_index=True)) for parts in (answers, clean)
    )
    relative = {k: v / reference[k] if reference[k] else None for k, v in pooled.items()}
    by_corpus = {name: recalls(part) for name, part in answers.items()}
    return {"recalls": pooled, "relative": relative, "by_corpus": by_corpus}


def _through(
    recipe: Recipe, records: list[ClipRecord], name: str, channel: Channel
) -> FeatureTable:
    config = recipe.features
    feature_set = config.chosen()
    here = Path(__file__).parent
    code = code_key("audio", "features"), files_key([here / "channels.py", here / "codecs.py"])
    rows = [(r.clip_ID, r.sha256) for r in records]
    key = key_of(name, feature_set.name, feature_set.version, rows, code)

    def compute() -> FeatureTable:
        # Threads, because a codec is another process.
        with ThreadPoolExecutor(2) as pool:
            samples = pool.map(lambda r: apply(channel, load(r.path).samples, r.clip_ID), records)
            return _table(records, samples, feature_set, config.batch_size)

    return cached_table(recipe.cache / f"channel-{key}.parquet", compute)


def _table(
    records: list[ClipRecord],
    samples: Iterator[Samples],
    feature_set: FeatureSet,
    batch_size: int,
) -> FeatureTable:
    columns = [column.name for column in feature_set.columns]
    blocks = [np.empty((0, len(columns)), np.float32)]
    while batch := list(islice(samples, batch_size)):
        blocks.append(feature_set.extract(batch))
    meta = [tuple(getattr(r, column) for column in META_COLUMNS) for r in records]
    return FeatureTable(
        feature_set.name,
        feature_set.version,
        pd.DataFrame(meta, columns=list(META_COLUMNS), dtype=object),
        pd.DataFrame(np.concatenate(blocks), columns=columns),
        feature_set.file,
    )


def hard_kinds(answers: pd.DataFrame, notes: dict[ClipKey, str]) -> dict[str, dict[str, float]]:
    """Compute how often hard sounds are called an infant sound, by kind."""
    pairs = zip(answers.corpus, answers.clip_ID, strict=True)
    kinds = [notes[clip_key(corpus, clip)] for corpus, clip in pairs]
    return false_infants(answers, pd.Series(kinds, index=answers.index))


def speech_scores(answers: pd.DataFrame) -> dict[str, float]:
    """Compute how often speech is called Canonical, or any infant sound, and with p >= .9."""
    p = 1 - answers.p_Junk.to_numpy(float)
    return {
        "clips": len(answers),
        "Canonical": float((answers.label == "Canonical").mean()),
        "infant": float((~answers.label.isin(["", "Junk"])).mean()),
        "p >= .9": float((p >= 0.9).mean()),
    }


def speech_predictions(
    recipe: Recipe, folders: Sequence[Path]
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Predict folders of speech with a model of the whole recipe.

    Returns:
        The predictions by set of clips, and a remark on each corpus that is left out
        because the recipe has it.
    """
    answers, known = {}, set()
    for folder in folders:
        for name, records in speech_sets(folder).items():
            if shared := {r.corpus for r in records} & recipe.corpora:
                known |= shared
                continue
            predictor = recipe.fit((recipe.train, recipe.devel))
            answers[name] = predict_table(predictor, recipe.extract(records))
    return answers, [f"{name}: not measured, as the recipe has it." for name in sorted(known)]
