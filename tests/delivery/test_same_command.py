"""Every schedule runs the same drift job. The tests run the command of each schedule's file."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.monitoring.prediction_log import LoggedModel, LogOptions, PredictionLog, Record

ROWS = 5
#: The arguments that every schedule must pass.
COMMAND = ["run", "--config", "configs/drift.yaml"]
#: Replaces the command: records how it was called, and then runs it.
SHIM = """\
#!{python}
import json, os, sys
with open(os.environ["NOTES"], "a") as notes:
    json.dump({{"argv": sys.argv[1:], "cwd": os.getcwd()}}, notes)
    notes.write("\\n")
from vocalbaby.monitoring.drift.cli import main
main()
"""


class Schedule(NamedTuple):
    """What a schedule runs.

    Attributes:
        argv: The command and its arguments.
        env: Variables that the schedule sets.
        forever: Whether it continues after the job.
    """

    argv: list[str]
    env: dict[str, str]
    forever: bool = False


def loaded(path: str) -> Any:
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def cron() -> Schedule:
    text = Path("infra/cron/vocalbaby-drift").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    (line,) = (line for line in lines if not re.match(r"\w+=", line))
    command = line.split(maxsplit=5)[5]
    return Schedule(["/bin/sh", "-c", command.replace("/srv/vocalbaby", str(Path.cwd()))], settings)


def workflow() -> Schedule:
    (job,) = loaded(".github/workflows/drift.yml")["jobs"].values()
    (step,) = (step for step in job["steps"] if step.get("name") == "Look for drift")
    return Schedule(["bash", "-e", "-c", step["run"]], job["env"])


def kubernetes() -> Schedule:
    pod = loaded("infra/kubernetes/drift/base/cronjob.yaml")["spec"]["jobTemplate"]["spec"]
    (container,) = pod["template"]["spec"]["containers"]
    overlay = loaded("infra/kubernetes/drift/overlays/production/kustomization.yaml")
    (config,) = overlay["configMapGenerator"]
    (source,) = container["envFrom"]
    assert source["configMapRef"]["name"] == config["name"]
    settings = dict(literal.split("=", 1) for literal in config["literals"])
    return Schedule(container["command"] + container.get("args", []), settings)


def compose() -> Schedule:
    service = loaded("docker-compose.monitoring.yml")["services"]["drift"]
    words = [word.replace("$$", "$") for word in service["entrypoint"] + service["command"]]
    return Schedule(words, service["environment"], forever=True)


SCHEDULES: dict[str, Callable[[], Schedule]] = {
    "cron": cron,
    "workflow": workflow,
    "kubernetes": kubernetes,
    "compose": compose,
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prediction log of a few rows."""
    folder = tmp_path_factory.mktemp("log")
    manifest = read_bundle(default_bundle_path()).manifest
    model = LoggedModel(
        manifest.version,
        manifest.feature_set,
        manifest.feature_set_version,
        manifest.columns,
        manifest.classes,
    )
    probabilities = dict.fromkeys(manifest.classes, 0.2)
    with PredictionLog(LogOptions(folder)) as made:
        made.append(
            [
                Record(
                    time.time_ns(),
                    f"request-{number}",
                    model,
                    np.full(len(manifest.columns), number, np.float32),
                    None,
                    probabilities,
                    0.5,
                    (),
                )
                for number in range(ROWS)
            ]
        )
        assert made.flush()
    return folder


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """A folder for PATH with the command."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "vocalbaby-drift"
    command.write_text(SHIM.format(python=sys.executable))
    command.chmod(0o755)
    return folder


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_schedule_runs_the_job(name: str, log: Path, shim: Path, tmp_path: Path) -> None:
    schedule = SCHEDULES[name]()
    assert {"VOCALBABY_DRIFT__LOG", "VOCALBABY_DRIFT__OUT"} <= set(schedule.env)
    out, notes = tmp_path / "out", tmp_path / "notes"
    environment = {
        **{key: str(value) for key, value in schedule.env.items()},
        "PATH": f"{shim}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "NOTES": str(notes),
        # The folders of the test replace those of the schedule.
        "VOCALBABY_DRIFT__LOG": str(log),
        "VOCALBABY_DRIFT__OUT": str(out),
        "VOCALBABY_DRIFT__STORE": "",
        "EVERY_SECONDS": "600",
        "RETRY_SECONDS": "600",
    }
    process = subprocess.Popen(
        schedule.argv, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    latest = out / "latest.json"
    try:
        deadline = time.monotonic() + 100
        while not latest.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if not schedule.forever:
            assert process.wait(30) == 5, process.communicate()[1]  # the window was not compared
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        _, output = process.communicate()
    assert latest.exists(), output
    result = json.loads(latest.read_text(encoding="utf-8"))
    assert (result["outcome"], result["rows"]) == ("too_few_rows", ROWS)
    (note,) = map(json.loads, notes.read_text().splitlines())
    assert note == {"argv": COMMAND, "cwd": str(Path.cwd())}


@pytest.mark.parametrize(("code", "pause"), [(0, "86400"), (5, "900"), (7, "900")])
def test_compose_retries_sooner_after_a_run_that_could_not_compare(
    code: int, pause: str, tmp_path: Path
) -> None:
    schedule = compose()
    for name, script in (
        ("vocalbaby-drift", f"exit {code}"),
        ("sleep", f'echo "$1" >"{tmp_path}/slept"; kill $PPID'),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    defaults = {
        key: re.sub(r"\$\{\w+:-(\d+)\}", r"\1", value) for key, value in schedule.env.items()
    }
    environment = {**defaults, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(schedule.argv, env=environment, timeout=20, check=False)
    assert (tmp_path / "slept").read_text().strip() == pause


def test_the_image_runs_the_same_command() -> None:
    text = Path("apps/drift/image/Dockerfile").read_text(encoding="utf-8")
    words = re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", text, re.MULTILINE)
    assert [word for part in words for word in json.loads(part)] == ["vocalbaby-drift", *COMMAND]
    assert "COPY configs/drift.yaml /layer/var/lib/vocalbaby/configs/" in text


def test_every_schedule_has_the_same_time() -> None:
    triggers = loaded(".github/workflows/drift.yml")[True]  # YAML reads the key "on" as true
    times = {triggers["schedule"][0]["cron"]}
    times.add(loaded("infra/kubernetes/drift/base/cronjob.yaml")["spec"]["schedule"])
    line = Path("infra/cron/vocalbaby-drift").read_text(encoding="utf-8").splitlines()[-1]
    times.add(" ".join(shlex.split(line)[:5]))
    assert len(times) == 1
    seconds = loaded("docker-compose.monitoring.yml")["services"]["drift"]["environment"]
    assert seconds["EVERY_SECONDS"] == "${VOCALBABY_DRIFT_SECONDS:-86400}"
