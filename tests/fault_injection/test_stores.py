"""Every system call of the store, of the keys and of the metrics may fail."""

from pathlib import Path

from tests.fault_injection import careless, serving, storing
from tests.fault_injection.sweeping import swept


def test_an_operation_of_a_store_happens_completely_or_not_at_all(tmp_path: Path) -> None:
    assert swept(storing.__name__, tmp_path) == []


def test_an_operation_of_models_keys_and_metrics_happens_completely_or_not_at_all(
    tmp_path: Path,
) -> None:
    assert swept(serving.__name__, tmp_path) == []


def test_a_careless_operation_is_found(tmp_path: Path) -> None:
    problems = swept(careless.__name__, tmp_path)
    for problem in (
        "no error, but the state is",
        "an unexpected error",
        "the operation happened in part",
        "a descriptor is left open",
    ):
        assert any(problem in found for found in problems), problem
