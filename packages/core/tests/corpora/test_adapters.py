from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from vocalbaby.corpora.adapters import Source, read_source

SOURCE: TypeAdapter[Source] = TypeAdapter(Source)


def test_every_adapter_returns_a_manifest_of_existing_files(
    tmp_path: Path, make_wav: Callable[..., Path]
) -> None:
    make_wav(tmp_path / "wavs" / "Junk" / "kid" / "a.wav")
    (tmp_path / "m.csv").write_text("clip_ID,child_ID,Answer\nJunk/kid/a.wav,kid,Junk\n")
    for options in (
        {"adapter": "synthetic", "n_children": 1, "clips_per_child": 1},
        {"adapter": "folder", "root": str(tmp_path / "wavs")},
        {"adapter": "babblecor", "csv": str(tmp_path / "m.csv"), "wav_folder": f"{tmp_path}/wavs"},
    ):
        manifest = read_source(SOURCE.validate_python(options), tmp_path / "audio")
        assert len(manifest.records) == 1, options
        assert Path(manifest.records[0].path).is_file()


@pytest.mark.parametrize(
    "options",
    [
        {"adapter": "unknown"},
        {"adapter": "synthetic", "children": 3},
        {"adapter": "folder"},
        {"adapter": "folder", "root": "x", "wav_folder": "y"},
    ],
)
def test_rejects_unknown_adapters_and_keys(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SOURCE.validate_python(options)
