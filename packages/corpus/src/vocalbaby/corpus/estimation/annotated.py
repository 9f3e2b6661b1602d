"""Which sampled stretches were annotated, and what the sample is without the others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError

__all__ = ["is_annotated", "kept_stretches", "silent_stretches"]

Floats = NDArray[np.floating[Any]]

#: Share of a stretch from which it counts as annotated.
_ANNOTATED: Final = 0.99
_NAMES: Final = 5


def is_annotated(
    stretch: SampledStretch,
    labelled: Mapping[str, Timeline],
    annotated: Mapping[str, Sequence[tuple[float, float]]] | None,
) -> bool:
    """Whether annotators worked on a stretch: on 99 % of it, since formats round times."""
    name, onset, offset = stretch.recording_id, stretch.onset_s, stretch.offset_s
    if name not in labelled or annotated is None:
        return name in labelled
    shared = [min(offset, end) - max(onset, begin) for begin, end in annotated.get(name, ())]
    return sum(max(0.0, each) for each in shared) >= _ANNOTATED * stretch.duration_s


def silent_stretches(human: Floats) -> list[str]:
    """Return a remark on stretches without an annotation, if there are any."""
    n = int((human[:, :-1].sum(axis=1) == 0).sum())
    if not n:
        return []
    text = f"{n} of {len(human)} sampled stretches have no vocalization in the annotations, and"
    return [f"{text} count as silent. If some were not annotated, name those that were."]


def kept_stretches(
    sample: Sequence[SampledStretch],
    found: Collection[str],
    warnings: list[str],
    *,
    allow_missing: bool,
) -> list[SampledStretch]:
    """Return the stretches that are annotated, with probabilities that account for the others."""
    kept = [each for each in sample if each.sample_id in found]
    if len(kept) == len(sample):
        return kept
    missing = [each.sample_id for each in sample if each.sample_id not in found]
    text = f"{len(missing)} of {len(sample)} sampled stretches have no annotations"
    if not allow_missing:
        raise DataError(
            f"{text}: {', '.join(missing[:_NAMES])}.",
            hint="Annotate them; or, if they are missing at random, add --allow-missing.",
        )
    warnings.append(f"{text}; they count as missing at random within their stratum.")
    return _reweighted(sample, kept)


def _reweighted(
    sample: Sequence[SampledStretch], kept: Sequence[SampledStretch]
) -> list[SampledStretch]:
    drawn, left = (
        {s: sum(each.stratum == s for each in part) for s in {e.stratum for e in sample}}
        for part in (sample, kept)
    )
    return [
        replace(
            each,
            inclusion_probability=(each.inclusion_probability or 1.0)
            * left[each.stratum]
            / drawn[each.stratum],
            weight=None,
        )
        for each in kept
    ]
