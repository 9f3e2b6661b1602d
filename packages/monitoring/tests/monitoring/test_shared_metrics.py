"""The metrics of several worker processes."""

import json
import re
import subprocess
import sys

#: Forks one worker after the other; a worker without code is removed.
WORKERS = """
import json, os, sys
from vocalbaby.monitoring import shared_metrics

shared = shared_metrics.SharedMetrics(3, area_bytes=int(sys.argv[1]))
from vocalbaby.monitoring.drift_result import parse
from vocalbaby.monitoring.metrics import ServiceMetrics
from vocalbaby.monitoring.model_metrics import ServedModel
for worker, code in json.loads(sys.argv[2]):
    if not code:
        shared.remove_worker(worker)
    elif os.fork() == 0:
        shared.attach_worker(worker)
        exec(code)
        print(metrics.exposition().decode(), end="-- end --", flush=True)
        os._exit(0)
    else:
        os.wait()
"""


START = "metrics = ServiceMetrics(classes=['Junk'])\n"


def expositions(*steps: tuple[int, str], area_bytes: int = 2**20) -> tuple[list[str], str]:
    """What each worker exports at its end, and the log of all."""
    done = subprocess.run(
        [sys.executable, "-c", WORKERS, str(area_bytes), json.dumps(steps)],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("-- end --")[:-1], done.stderr


def test_workers_export_only_recent_models() -> None:
    code = START + (
        "for i in range(9):\n"
        "    metrics.models.set_models([ServedModel(f'v{i}', 'n', 'f', 1.0)])\n"
        "    metrics.count_prediction(label='Junk', model_version=f'v{i}', duration_s=1)\n"
        "metrics.count_prediction(label='Junk', model_version='v0', duration_s=1)\n"
    )
    (text,), _ = expositions((0, code))
    found = set(re.findall(r'version="(\w+)"', text))
    assert found == {"v4", "v5", "v6", "v7", "v8", "unknown"}
    assert "vocalbaby_clip_duration_seconds_count 10.0" in text


def test_workers_export_the_same_sums_and_the_same_drift_result() -> None:
    """This includes a worker that starts while the store is away; gauges of dead workers go."""
    count = START + (
        "metrics.batches.set_waiting(2)\n"
        "metrics.batches.count_batch(3)\n"
        "metrics.log.count_rows('written', 5)\n"
        "metrics.log.set_waiting(4)\n"
    )
    result = {
        "format": 1,
        "run": "a",
        "started": 6,
        "finished": 7,
        "outcome": "failed",
        "summary": ["The job failed."],
    }
    found = f"metrics.drift.show(parse({json.dumps(result).encode()!r}, 7))\n"
    lost = "metrics.drift.fail('unreadable')\n"
    texts, _ = expositions((0, count + found), (1, count + lost), (2, START), (1, ""), (2, START))
    expected = ((1, 5, 2), (2, 10, 4), (2, 10, 4), (2, 10, 2))
    for i, (text, (batches, rows, waiting)) in enumerate(zip(texts, expected, strict=True)):
        lines = text.splitlines()
        assert f"vocalbaby_batch_clips_count {batches}.0" in lines
        assert f'vocalbaby_prediction_log_rows_total{{outcome="written"}} {rows}.0' in lines
        assert f"vocalbaby_queue_clips {waiting}.0" in lines
        assert f"vocalbaby_prediction_log_waiting_rows {2 * waiting}.0" in lines
        assert "vocalbaby_drift_last_run_timestamp_seconds 7.0" in lines
        assert 'vocalbaby_drift_outcome{outcome="failed"} 1.0' in lines
        assert f'vocalbaby_drift_status_fault{{code="unreadable"}} {float(i > 0)}' in lines


def test_a_restarted_worker_continues_its_counts_and_full_memory_stops_no_worker() -> None:
    code = (
        "metrics = ServiceMetrics(classes=[], error_codes=map(str, range(200)))\n"
        "metrics.in_flight.inc()\n"
        "for i in range(200):\n"
        "    metrics.count_error(str(i))\n"
        "    metrics.count_prediction(label=None, model_version='v', duration_s=1)\n"
    )
    texts, log = expositions((0, code), (1, code), (1, ""), (1, code), area_bytes=16384)
    last = texts[-1]
    assert "vocalbaby_worker_starts_total 3.0" in last
    assert 'vocalbaby_errors_total{code="0"} 3.0' in last
    assert "vocalbaby_clip_duration_seconds_count 600.0" in last
    assert "vocalbaby_requests_in_flight 2.0" in last
    assert 'process_resident_memory_bytes{worker="1"}' in last
    assert 20 < last.count("vocalbaby_errors_total{") < 120  # those that fit
    assert "the shared memory for metrics is full" in log
