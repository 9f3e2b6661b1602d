"""Runs the commands of docs/monitoring.md for the whole stack, on a Docker engine of its own.

    scripts/test_compose.sh

It starts docker-compose.monitoring.yml, classifies through it, causes the drift that the page
describes and follows it to Alertmanager, checks that every service does its part, and removes
everything.

The images of the service and of the drift job are real, on a base image of Debian packages.
Prometheus and Alertmanager are Debian's, in images with the names that the Compose file pins. In
place of Grafana a stand-in checks what Grafana would be given. Needs root and the packages that
scripts/ci_setup.sh installs.
"""

import os
import random
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infra.e2e.progress import Progress
from infra.e2e.shell import CommandError, Shell
from scripts.deploy.programs import ROOT, ScriptError, output_of, run_script
from scripts.deploy.service import Reply, Service, tone
from scripts.system_tests.checks import Report, bash_blocks, expect
from scripts.system_tests.docker_engine import docker, docker_engine, make_base_image

__all__ = ["check_services", "main"]

_STAND_INS: Final = ("prometheus", "alertmanager", "grafana")
_PROGRAMS: Final = (
    "/usr/bin/prometheus",
    "/usr/bin/prometheus-alertmanager",
    "/usr/share/prometheus/alertmanager",
)


def _free_port() -> int:
    """A free port below the range from which the kernel takes ports for others."""
    while True:
        port = random.randrange(20000, 32000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def _make_stand_ins(folder: Path) -> None:
    """Build images with the names that the Compose file pins."""
    shutil.copytree(ROOT / "tests/compose/stand_ins", folder)
    for program in map(Path, _PROGRAMS):
        copy = shutil.copytree if program.is_dir() else shutil.copy
        copy(program, folder / program.name)
    for service in _STAND_INS:
        images = docker("compose", "config", "--images", service).splitlines()
        (image,) = (name for name in images if f"{service}:" in name)
        docker(
            *("build", "--quiet", "--network", "host", "--target", service, "--tag", image, folder)
        )


def _prepare(work: Path) -> None:
    """Set the variables that the Compose file reads, and install Compose."""
    os.environ.update(
        COMPOSE_FILE="docker-compose.monitoring.yml",
        PANTS_CONFIG_FILES="pants.ci.toml",
        VOCALBABY_SECRETS=str(work / "secrets"),
    )
    for name in ("VOCALBABY", "PROMETHEUS", "ALERTMANAGER", "GRAFANA"):
        os.environ[f"{name}_PORT"] = str(_free_port())
    plugins = Path(os.environ["DOCKER_CONFIG"], "cli-plugins")
    plugins.mkdir(parents=True)
    tools = output_of(ROOT / "scripts/tool.sh", "compose").strip()
    (plugins / "docker-compose").symlink_to(f"{tools}/docker-compose")


def _local(name: str) -> str:
    return f"http://127.0.0.1:{os.environ[f'{name}_PORT']}"


def check_services(report: Report, key: str) -> None:
    """Check that every service does its part."""
    public, service, clip = Service(_local("VOCALBABY")), Service(_local("VOCALBABY"), key), tone()
    prometheus, alertmanager = Service(_local("PROMETHEUS")), Service(_local("ALERTMANAGER"))
    grafana = Service(_local("GRAFANA"))

    def query(expression: str) -> str:
        return _text(prometheus, f"/api/v1/query?query={quote(expression)}")

    for step, pattern, read in (
        (
            "a request without a key is rejected",
            "^401$",
            lambda: str(public.classify(clip).status),
        ),
        (
            "a request with a key is classified",
            '"model_version":"vocalbaby-',
            lambda: _body(service.classify(clip)),
        ),
        ("the metrics are not public", "^404$", lambda: str(public.get("/metrics").status)),
        (
            "Prometheus counts the prediction",
            r'"[1-9][0-9]*"\]',
            lambda: query('sum(vocalbaby_predictions_total{job="vocalbaby"})'),
        ),
        ("Prometheus has the rules", "VocalBabyDown", lambda: _text(prometheus, "/api/v1/rules")),
        (
            "Prometheus has found Alertmanager",
            r'"activeAlertmanagers":\[\{',
            lambda: _text(prometheus, "/api/v1/alertmanagers"),
        ),
        (
            "Alertmanager has the receiver",
            '"operators"',
            lambda: _text(alertmanager, "/api/v2/receivers"),
        ),
        (
            "Grafana would find its data source and dashboards",
            '"vocalbaby-drift".*"false"',
            lambda: _text(grafana, "/api/health"),
        ),
        (
            "the prediction is in the log",
            r'"[1-9][0-9]*"\]',
            lambda: query('sum(vocalbaby_prediction_log_rows_total{outcome="written"})'),
        ),
        (
            "the service reports the outcome of the drift job",
            r'"1"\]',
            lambda: query('vocalbaby_drift_outcome{outcome="too_few_rows"} == 1'),
        ),
    ):
        expect(report, step, pattern, read)


def _text(service: Service, path: str) -> str:
    return _body(service.get(path))


def _body(reply: Reply) -> str:
    return reply.body.decode(errors="replace")


def _run_block(page: Shell, commands: str, log: Path) -> str:
    """Run a block of the page after those before it, and return its output.

    Raises:
        ScriptError: A command failed; the text has the end of the output.
    """
    try:
        with log.open("wb") as output:
            page.run(commands, output=output)
    except CommandError as error:
        end = "\n".join(log.read_text(encoding="utf-8").splitlines()[-40:])
        raise ScriptError(f"{error}\n{end}") from None
    return log.read_text(encoding="utf-8")


def _run(work: Path) -> None:
    report = Progress().report
    _prepare(work)
    docker("compose", "config", "--quiet")
    report("the engine runs, and Compose accepts the file")
    make_base_image()
    _make_stand_ins(work / "images")
    report("the stand-ins are built")

    start, drift = bash_blocks(ROOT / "docs/monitoring.md", "The whole stack")
    (work / "variables").mkdir()
    page = Shell(work / "variables", {**os.environ, "PWD": str(ROOT)})
    _run_block(page, start, work / "output")
    report("the images are built, and every service is healthy")
    check_services(report, page["key"])

    output = _run_block(page, drift, work / "output")
    findings = re.findall(r"(?m)^(?:Drift|Possible cause: more background noise).*", output)
    if not findings:
        raise ScriptError(f"the drift job does not find the noise:\n{output}")
    report("the drift job finds the noise: " + " ".join(findings))
    expect(
        report,
        "Alertmanager has the alert",
        '"alertname":"VocalBabyDrift"',
        lambda: _text(Service(_local("ALERTMANAGER")), "/api/v2/alerts"),
    )

    docker("compose", "down", "--volumes", "--timeout", "40")
    left = [
        *docker("ps", "--all", "--quiet").split(),
        *docker("volume", "ls", "--quiet").split(),
        *docker("network", "ls", "--quiet", "--filter", "type=custom").split(),
    ]
    if left:
        raise ScriptError(f"not removed: {' '.join(left)}")
    report("everything is removed")


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if arguments:
        raise ScriptError("use: test_compose.sh", exit_code=2)
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder, docker_engine(Path(folder, "engine")):
        try:
            _run(Path(folder))
        except ScriptError:
            for command in (("ps", "--all"), ("compose", "logs", "--tail", "20")):
                print(output_of("docker", *command, with_errors=True), file=sys.stderr)
            raise
    return 0


if __name__ == "__main__":
    sys.exit(run_script("test_compose", main))
