from pathlib import Path

import pytest

from vocalbaby.components.manifest_building import IngestionConfig, build_manifest, summarize
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
