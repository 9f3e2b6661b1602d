from pathlib import Path

import numpy as np
import soundfile

from vocalbaby.components.same_sound import children_with_same_sound, notes_of_same_sound
from vocalbaby.components.splitting import SplitConfig, assign_splits
from vocalbaby.entity.manifest import ClipRecord


def sound(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Noise whose band moves, so that it has landmarks."""
    rng = np.random.default_rng(seed)
    time = np.arange(16000) / 16000
    tones = sum(
        np.sin(2 * np.pi * np.cumsum(rng.uniform(300, 3000) + 200 * np.sin(9 * time + n)) / 16000)
        for n in range(4)
    )
    return (0.1 * tones * (1 + np.sin(2 * np.pi * 5 * time)) / 2).astype(np.float32)


def records(folder: Path) -> list[ClipRecord]:
    """Eight children with a clip each; that of c5 is cut from that of c2."""
    clips = {f"c{n}": sound(n) for n in range(8)}
    clips["c5"] = clips["c2"][3000:15000]
    found = []
    for child, samples in clips.items():
        path = folder / f"{child}.wav"
        soundfile.write(path, samples, 16000)
        found.append(ClipRecord(child, child, "Junk", "x", None, "", str(path), "", 1.0, child))
    return found


def test_children_with_one_sound_are_in_one_split(tmp_path: Path) -> None:
    clips = records(tmp_path)
    first_of = children_with_same_sound(clips)
    assert {child[1] for child in first_of} == {"c2", "c5"}
    assert len(set(first_of.values())) == 1
    for seed in range(20):
        split = {
            r.child_ID: r.split for r in assign_splits(clips, SplitConfig(seed=seed), first_of)
        }
        assert split["c2"] == split["c5"]
    without = [assign_splits(clips, SplitConfig(seed=seed)) for seed in range(20)]
    assert any(found[2].split != found[5].split for found in without)


def test_a_note_names_the_children(tmp_path: Path) -> None:
    clips = records(tmp_path)
    (note,) = notes_of_same_sound(clips, children_with_same_sound(clips))
    assert "the children c2, c5 share" in note.message
