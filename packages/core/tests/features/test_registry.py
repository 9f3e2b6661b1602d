import subprocess
import sys

import numpy as np
import pytest

from vocalbaby import features
from vocalbaby.exception import FeatureSetError
from vocalbaby.features.mfcc import Mfcc

#: The sets that need nothing else; folders of these tests have those of the others.
COMPUTED = features.BUILT_IN


def test_all_sets_are_known() -> None:
    assert features.names() == ("egemaps", "embedding", *COMPUTED, "ssl")
    assert features.DEFAULT == "spectral_prosodic"


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(FeatureSetError, match=r"'gemaps'.*egemaps, .*mfcc, .*, ssl"):
        features.get("gemaps")


def test_a_name_belongs_to_one_set() -> None:
    features.register(features.get("mfcc"))
    with pytest.raises(FeatureSetError, match="'mfcc'"):
        features.register(Mfcc())


@pytest.mark.parametrize("name", COMPUTED)
def test_columns_describe_the_matrix(name: str) -> None:
    chosen = features.get(name)
    rows = chosen.extract([np.sin(np.arange(4000, dtype=np.float32))] * 3)
    assert rows.dtype == np.float32
    assert rows.shape == (3, len(chosen.columns))
    assert len({column.name for column in chosen.columns}) == len(chosen.columns)
    for column in chosen.columns:
        assert column.unit
        assert column.group
        assert column.description.endswith(".")


@pytest.mark.parametrize("name", COMPUTED)
def test_an_empty_batch_gives_no_rows(name: str) -> None:
    chosen = features.get(name)
    assert chosen.extract([]).shape == (0, len(chosen.columns))


def test_several_sets_stand_side_by_side() -> None:
    clips = [np.sin(np.arange(4000, dtype=np.float32))]
    first, second = features.get("spectral_prosodic"), features.get("mfcc")
    both = features.get("spectral_prosodic+mfcc")
    assert (both.name, both.version) == ("spectral_prosodic+mfcc", "4+1")
    assert both.columns == (*first.columns, *second.columns)
    expected = np.concatenate([first.extract(clips), second.extract(clips)], axis=1)
    assert both.extract(clips).tobytes() == expected.tobytes()
    columns = [column.name for column in both.columns]
    records = features.records(both.name, both.version, columns)
    assert [(r.name, r.version, len(r.columns)) for r in records] == [
        ("spectral_prosodic", "4", 105),
        ("mfcc", "1", 40),
    ]


@pytest.mark.parametrize("name", ["mfcc+nonesuch", "mfcc+mfcc", "mfcc+", "+"])
def test_rejects_unknown_and_repeated_sets(name: str) -> None:
    with pytest.raises(FeatureSetError):
        features.get(name)


def test_rejects_a_name_that_could_be_two_sets() -> None:
    with pytest.raises(FeatureSetError, match="cannot be called"):
        features.register(features.get("spectral_prosodic+mfcc"))


def test_import_is_cheap() -> None:
    heavy = {"scipy", "librosa", "pandas", "sklearn", "soundfile", "parselmouth"}
    heavy |= {"onnxruntime", "ai_edge_litert", "opensmile", "torch", "transformers"}
    code = f"import sys, vocalbaby.features; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
