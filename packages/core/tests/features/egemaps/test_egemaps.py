"""The feature set `egemaps`, with a stand-in for openSMILE: licence, conversion, threads.

scripts/test_egemaps.sh runs the tests of the real openSMILE.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.exception import ConfigError, FeatureSetError, MissingExtraError
from vocalbaby.features.egemaps import VARIABLE, Egemaps, EgemapsConfig
from vocalbaby.features.egemaps.columns import COLUMNS
from vocalbaby.features.egemaps.smile import open_smile

ACCEPTED = EgemapsConfig(accept_research_licence=True)
CLIP = np.linspace(-1, 1, 1600, dtype=np.float32)


class StandIn:
    """Has the interface of openSMILE, and the highest and the lowest sample as functionals."""

    made = 0
    running = 0

    def __init__(self, **options: object) -> None:
        type(self).made += 1
        assert options == {"feature_set": "v02", "feature_level": "func", "num_workers": 1}
        self.feature_names = [column.name for column in COLUMNS]

    def __call__(self, signal: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
        assert rate == 16_000
        type(self).running += 1
        assert self.running == 1
        values = np.zeros(88)
        if len(signal) < 960:
            values[:] = np.nan
        values[:3] = signal.max(), signal.min(), np.inf
        type(self).running -= 1
        return values.reshape(1, 88, 1)


@pytest.fixture
def smile(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[StandIn]]:
    StandIn.made = 0
    module = SimpleNamespace(
        Smile=StandIn,
        FeatureSet=SimpleNamespace(eGeMAPSv02="v02"),
        FeatureLevel=SimpleNamespace(Functionals="func"),
    )
    monkeypatch.setitem(sys.modules, "opensmile", module)
    open_smile.cache_clear()
    yield StandIn
    open_smile.cache_clear()


def test_there_are_88_columns_with_units() -> None:
    assert len({column.name for column in COLUMNS}) == 88
    by_name = {column.name: column for column in COLUMNS}
    assert by_name["F0semitoneFrom27.5Hz_sma3nz_meanRisingSlope"].unit == "semitones/s"
    assert by_name["F2frequency_sma3nz_amean"].unit == "Hz"
    assert by_name["F2frequency_sma3nz_stddevNorm"].unit == "1"
    assert by_name["equivalentSoundLevel_dBp"].unit == "dB"


@pytest.mark.parametrize("value", [None, "false"])
def test_without_consent_the_error_states_the_licence(
    smile: type[StandIn], monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(FeatureSetError, match="private, research and educational use") as caught:
        features.get("egemaps").extract([CLIP])
    assert "egemaps.accept_research_licence: true in features.yaml" in str(caught.value.hint)
    assert VARIABLE in str(caught.value.hint)
    assert smile.made == 0


def test_the_environment_accepts_where_a_bundle_is_served(
    smile: type[StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "true")
    columns = [column.name for column in COLUMNS]
    chosen = features.of_records(features.records("egemaps", "1", columns))
    assert chosen.extract([CLIP]).shape == (1, 88)
    assert smile.made == 1
    monkeypatch.setenv("VOCALBABY_EGEMAPS__ACCEPT", "true")
    with pytest.raises(ConfigError, match="unknown key 'accept'"):
        chosen.extract([CLIP])


def test_values_are_those_of_opensmile_and_one_object_is_reused(smile: type[StandIn]) -> None:
    chosen = features.get("mfcc+egemaps", egemaps=ACCEPTED)
    assert (chosen.version, len(chosen.columns), chosen.file) == ("1+1", 128, None)
    found = chosen.extract([CLIP, CLIP[:800], -3 * CLIP])[:, 40:]
    # 1.0 would wrap to -32768 in 16 bits.
    assert found[:, 0].tolist() == [32_767 / 32_768, pytest.approx(0, abs=1e-3), 32_767 / 32_768]
    assert found[2, 1] == -1
    assert np.isnan(found[:, 2]).all()
    assert (found[0, 3:] == 0).all()
    assert np.isnan(found[1, 3:]).all()
    chosen.extract([CLIP])
    assert smile.made == 1


def test_threads_take_turns(smile: type[StandIn]) -> None:
    chosen = Egemaps(accepted=True)
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda _: chosen.extract([CLIP]), range(50)))
    assert len({row.tobytes() for row in rows}) == 1
    assert chosen.extract([]).shape == (0, 88)
    assert smile.running == 0


def test_other_functionals_and_failures_are_errors(
    smile: type[StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FeatureSetError, match="other functionals"):
        open_smile(("one",))

    def fail(*_: object) -> None:
        raise RuntimeError("code 6")

    monkeypatch.setattr(smile, "__call__", fail)
    with pytest.raises(FeatureSetError, match="cannot process a clip: code 6"):
        Egemaps(accepted=True).extract([CLIP])


def test_without_opensmile_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    open_smile.cache_clear()
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(MissingExtraError, match="opensmile, which is not installed") as caught:
        Egemaps(accepted=True).extract([])
    assert caught.value.hint == "pip install 'vocalbaby-core[egemaps]'"
