"""``vocalbaby-serve`` as a process: start, refusals, and stopping without losing a request."""

import errno
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from vocalbaby import cli
from vocalbaby.api.settings import Settings

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


def test_help_teaches_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in text
    assert "curl -F files=@cry.wav" in text
    metavars = dict(re.findall(r"^  --(\S+) ([A-Z]+)$", text, re.MULTILINE))
    metavars |= dict(re.findall(r"^  --(\S+) ([A-Z]+)  ", text, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        option = name.replace("_", "-")
        if field.annotation is not bool and name != "log_level":
            is_number = str not in (field.annotation, *get_args(field.annotation))
            numbers = {"N", "PORT", "BYTES", "SECONDS", "DAYS", "RATE", "RATIO"}
            assert (metavars[option] in numbers) == is_number, option
    assert metavars["max-in-flight"] == "N"
    assert metavars["key-requests-per-second"] == "RATE"
    assert metavars["body-seconds"] == "SECONDS"


def test_a_port_in_use_is_refused_clearly(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = cli.main(["--host=127.0.0.1", f"--port={port}"])
    assert code == 2
    assert f"Port {port} on 127.0.0.1 is already in use. Choose" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--port=99999"], "VOCALBABY_API__PORT (--port)"),
        (["--host=not.an.address.invalid"], "is not an address"),
        (["--host=192.0.2.1", "--port=0"], "Cannot listen on 192.0.2.1"),
    ],
)
def test_a_wrong_option_is_refused_clearly(
    capsys: pytest.CaptureFixture[str], flags: list[str], message: str
) -> None:
    assert cli.main(flags) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--max-file", "3"], "No such option: --max-file (Possible options: "),
        (["--max-file", "3"], "--max-files"),
        (["--no-acces-log"], "--no-access-log). See vocalbaby-serve --help."),
        (["newkey", "lab"], "No such command 'newkey'. Did you mean 'new-key'? See"),
        (["--zzz"], "No such option: --zzz. See vocalbaby-serve --help."),
        (["--port"], "Option '--port' requires an argument. See vocalbaby-serve --help."),
        (["--log-level=loud"], "(--log-level): Input should be 'debug', 'info', 'warning',"),
        (["new-key"], "Missing argument 'NAME'. See vocalbaby-serve new-key --help."),
        (["new-key", "lab", "--fil=x"], "--file). See vocalbaby-serve new-key --help."),
    ],
)
def test_a_wrong_word_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert cli.main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("flag", "code", "message"),
    [
        ("--model={}/no", 6, "There is no model bundle at"),
        ("--require-keys", 2, "API keys are required"),
        ("--keys-file={}/no", 2, "The keys in"),
        ("--prediction-log=/dev/null", 2, "The prediction log cannot be written"),
    ],
)
def test_what_ends_the_service_at_its_start_is_said_once_and_alone(
    tmp_path: Path, workers: int, flag: str, code: int, message: str
) -> None:
    start = "from vocalbaby.cli import serve; serve()"
    flags = ["--host=127.0.0.1", "--port=0", f"--workers={workers}", flag.format(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", start, *flags],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"vocalbaby-serve: {message}")


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_sigterm_drops_no_request(serve: Serve, wav: MakeWav) -> None:
    """Clients keep their connections, as load balancers do, until they are told to close."""
    statuses: list[int] = []
    faults: list[httpx.HTTPError] = []
    after: list[int] = []
    clip = wav(0.2)

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=20) as client:
            while True:
                try:
                    answer = client.post("/predict", files={"files": ("a", clip)})
                except httpx.HTTPError as error:
                    faults.append(error)
                    return
                statuses.append(answer.status_code)
                if answer.headers.get("connection") == "close":
                    return

    with serve("--drain-seconds=2.4") as server:
        threads = [threading.Thread(target=ask, args=(server.url,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(statuses) > 2 * len(threads))
        server.terminate()
        time.sleep(1.2)  # until the second half of the draining
        ready = httpx.get(f"{server.url}/ready")
        after.append(ready.status_code)
        after.append(httpx.post(f"{server.url}/predict", files={"files": clip}).status_code)
        for thread in threads:
            thread.join(20)
        code = server.process.wait(20)
    assert faults == []
    assert set(statuses) == {200}
    assert len(statuses) > len(threads)
    assert after == [503, 200]
    assert ready.headers["connection"] == "close"
    assert code == 0


def is_refused(address: tuple[str, int]) -> bool:
    with socket.socket() as client:
        return client.connect_ex(address) == errno.ECONNREFUSED


def test_who_came_before_the_port_was_closed_is_answered(serve: Serve) -> None:
    """The request is sent when the service has begun to stop: on its way, at most."""
    with serve("--drain-seconds=0") as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address, timeout=5) as early:
            server.terminate()
            wait_until(lambda: is_refused(address))
            early.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = early.recv(9999)
        assert server.process.wait(20) == 0
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


def test_a_running_request_is_finished_after_an_interrupt(serve: Serve, wav: MakeWav) -> None:
    answers: list[httpx.Response] = []
    with serve() as server:
        thread = threading.Thread(
            target=lambda: answers.append(
                httpx.post(f"{server.url}/predict", files={"files": ("slow", wav(0.2))}, timeout=20)
            )
        )
        thread.start()
        in_flight = "\nvocalbaby_requests_in_flight 2.0\n"  # it, and the one that asks
        wait_until(lambda: in_flight in httpx.get(f"{server.url}/metrics").text)
        server.process.send_signal(signal.SIGINT)
        thread.join(20)
        code = server.process.wait(20)
    assert answers[0].status_code == 200
    assert code == 0


def test_a_log_that_cannot_be_written_changes_nothing(serve: Serve, wav: MakeWav) -> None:
    with serve("--drain-seconds=0", "--access-log", full_disk=True) as server:
        answer = httpx.post(f"{server.url}/predict", files={"files": wav(0.2)})
        assert answer.status_code == 200
        server.terminate()
        assert server.process.wait(20) == 0
