import logging
from pathlib import Path

import numpy as np
import pytest

from vocalbaby.audio import write_wav
from vocalbaby.components.manifest_building import (
    IngestionConfig,
    build_manifest,
    require_few_rejections,
    summarize,
)
from vocalbaby.exception import DataError

TINY = {"adapter": "synthetic", "n_children": 3, "clips_per_child": 2}


def config(*sources: dict[str, object]) -> IngestionConfig:
    return IngestionConfig.model_validate({"sources": sources})


def test_merges_sources_and_accounts_for_every_row(tmp_path: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    other = {**TINY, "seed": 1, "n_children": 2}
    manifest = build_manifest(
        config(TINY, other, TINY), tmp_path, progress=lambda *call: calls.append(call)
    )
    assert len(manifest.records) == 10
    assert {r.code for r in manifest.rejections} == {"duplicate_clip_id"}
    assert manifest.rejections[0].row.startswith("synthetic:")
    assert {r.split for r in manifest.records} == {"train", "devel", "test"}
    assert calls[-1] == ("synthetic", 6, 6)
    summary = summarize(manifest)
    assert (summary["rows"], summary["accepted"], summary["rejected"]) == (16, 10, 6)
    assert summary["children"] == 5
    assert str(summary["by_corpus"]) == "{'synthetic': 10}"
    assert summary["rejected_by_code"] == {"duplicate_clip_id": 6}


def test_rejects_a_corpus_without_usable_rows(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to hear")
    with pytest.raises(DataError, match=r"The only row cannot be used \(not_audio: 1\)"):
        build_manifest(config({"adapter": "folder", "root": str(tmp_path)}), tmp_path / "audio")


def write_clip(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True)
    write_wav(path, np.random.default_rng(seed).normal(0, 0.1, 8000), 16000)


def test_unknown_labels_are_named_with_the_classes(tmp_path: Path) -> None:
    write_clip(tmp_path / "Pleurs" / "c1" / "a.wav")
    source = config({"adapter": "folder", "root": str(tmp_path)})
    with pytest.raises(DataError, match=r"'Pleurs' is not one of Canonical, ") as error:
        build_manifest(source, tmp_path / "audio")
    assert "Rename the folders" in error.value.hint
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no recording"):
        build_manifest(config({"adapter": "folder", "root": str(tmp_path / "empty")}), tmp_path)


def test_contradictory_labels_are_counted_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for label in ("Crying", "Junk"):
        write_clip(tmp_path / label / "c1" / f"{label}.wav")
    write_clip(tmp_path / "Junk" / "c2" / "a.wav", 1)
    manifest = build_manifest(
        config({"adapter": "folder", "root": str(tmp_path)}), tmp_path / "audio"
    )
    assert summarize(manifest)["contradictory_labels"] == 1
    with caplog.at_level(logging.WARNING):
        require_few_rejections(manifest, None)
    assert "there labelled Crying" in caplog.text
