"""Workers of Dask make the same dataset as one process."""

from dataclasses import replace

import distributed
import pytest

from packages.corpus.tests.corpus.engine.helpers_runs import checksums, run, settings_of, work
from vocalbaby.corpus.engine import dask_executors
from vocalbaby.summary import SummaryConfig


@pytest.fixture
def settings(tmp_path):
    return settings_of(tmp_path, summary=SummaryConfig(draws=100))


def test_workers_of_a_scheduler_that_runs_make_the_same_bytes(archive, settings, tmp_path):
    run(archive, settings)
    others = replace(settings, dataset=str(tmp_path / "others"))
    addresses: list[str] = []
    with distributed.LocalCluster(
        n_workers=2, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        executor = dask_executors.scheduler(cluster.scheduler_address, addresses.append)
        assert set(work(run(archive, others, executor=executor)).values()) == {"heard"}
        assert cluster.scheduler.workers  # they are not ours to end
        again = run(archive, others, executor=executor)
    assert not again.outcomes
    assert checksums(others) == checksums(settings)
    assert addresses[0].startswith("http://127.0.0.1:")


def test_a_failure_on_a_worker_is_a_record(archive, settings):
    (archive / "recordings/raw/a/day2.wav").write_bytes(b"This is no sound.")
    notices: list[str] = []
    result = run(archive, settings, executor=dask_executors.local(1, notices.append))
    assert work(result) == {"a/day 1": "heard", "a/day2": "failed", "b/day1": "heard"}
    assert len(notices) == 1
