"""A clip of each class has the features that it had, from the compiled kernel and from NumPy."""

import math

import pytest

from packages.core.tests.features.golden_features import SHA256, clips, digest, extracted, read
from vocalbaby import kernel

#: The values have 6 digits. NumPy's logarithms differ in the last bits between processors, which a
#: statistic of few frames can enlarge; another window, hop or filter changes values by percents.
RELATIVE = 2e-4
ABSOLUTE = 1e-4


def test_the_clips_are_what_they_were() -> None:
    assert digest(clips()) == SHA256


@pytest.mark.parametrize("code", ["as installed", "NumPy"])
def test_no_feature_has_changed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if code == "NumPy":
        monkeypatch.setattr(kernel, "native", None)
    golden, found = read(), extracted(clips())
    assert found.keys() == golden.keys()
    changed = {
        " ".join(key): (golden[key], value)
        for key, value in found.items()
        if math.isnan(value) != math.isnan(golden[key])
        or abs(value - golden[key]) > ABSOLUTE + RELATIVE * abs(golden[key])
    }
    assert not changed


def test_few_values_are_missing_and_none_is_the_same_for_all_classes() -> None:
    golden = read()
    missing = [key for key, value in golden.items() if math.isnan(value)]
    assert len(missing) < 0.02 * len(golden)
    columns = {key[:2] for key in golden}
    varied = {key[:2] for key, value in golden.items() if value != golden[*key[:2], "Crying"]}
    assert varied == columns
