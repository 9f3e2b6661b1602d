"""The times in a result of the drift job, compared with the clock of the service."""

import pytest

from packages.monitoring.tests.monitoring.test_drift_status import NOW, RESULT, changed
from vocalbaby.monitoring.drift_result import InvalidResultError, parse


@pytest.mark.parametrize("field", ["finished", "last_success"])
def test_a_run_may_end_an_hour_ahead_of_this_clock_and_no_more(field: str) -> None:
    assert parse(changed(**{field: NOW + 3600}), NOW).run == RESULT["run"]
    with pytest.raises(InvalidResultError, match="ended in the future"):
        parse(changed(**{field: NOW + 3600.5}), NOW)
