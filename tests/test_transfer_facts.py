"""The facts about synthetic clips are those of the requested class, and reproducible."""

import numpy as np

from benchmarks.transfer.facts import FACTS, facts, first_choices, sample


class Ear:
    """A listener that hears loud clips as cries and quiet ones as laughter."""

    def first_choice(self, samples: np.ndarray) -> str:
        return "Whimper" if np.abs(samples).max() > 0.5 else "Giggle"


def test_a_sample_has_ten_clips_for_each_child_and_is_reproducible() -> None:
    clips = list(sample("Crying", 13))
    assert len(clips) == 13
    assert [child for child, _ in clips[:10]] == [clips[0][0]] * 10
    assert clips[10][0] != clips[0][0]
    np.testing.assert_array_equal(clips[12][1], list(sample("Crying", 13))[12][1])


def test_facts_are_columns_of_the_features() -> None:
    table = facts(clip for _, clip in sample("Laughing", 3))
    assert len(table) == 3
    assert set(FACTS) <= set(table.columns)


def test_first_choices_are_counted_by_family() -> None:
    loud, quiet = np.full(100, 0.9, np.float32), np.full(100, 0.1, np.float32)
    heard = first_choices(Ear(), [loud, loud, loud, quiet])  # type: ignore[arg-type]
    assert heard == {
        "clips": 4,
        "cry": "75.0",
        "laughter": "25.0",
        "speech": "0.0",
        "most frequent": "Whimper 3, Giggle 1",
    }
