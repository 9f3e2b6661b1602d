"""Jobs over HTTP: a recording in, progress, and segments, levels and sound out."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from packages.api.tests.support import finished_job as finished
from packages.api.tests.support import submit_job as submit
from packages.api.tests.support import wait_until
from vocalbaby import annotations
from vocalbaby.api.middleware.keys import new_key

App = Callable[..., AbstractContextManager[TestClient]]
MakeWav = Callable[..., bytes]


def value(client: TestClient, series: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return float(next(x for x in lines if x.startswith(f"vocalbaby_{series} ")).split()[1])


def test_a_recording_becomes_segments_in_every_format(
    app: App, wav: MakeWav, tmp_path: Path
) -> None:
    with app() as client:
        job = submit(client, wav(7.5, 44_100, 2))
        state = finished(client, job)
        assert state["state"] == "done", state
        assert (state["name"], state["segments"], state["progress"]) == ("day1.wav", 14, 1.0)
        assert state["total_s"] == pytest.approx(7.5)
        written = {n for n, f in annotations.FORMATS.items() if f.write}
        # Parquet needs pyarrow, which the service itself does without.
        left_out = {"textgrid_short"} if find_spec("pyarrow") else {"textgrid_short", "parquet"}
        assert set(state["formats"]) == written - left_out | {"json"}
        found = client.get(f"{job}/result").json()
        assert found["recording_id"] == "day1"
        assert found["attributes"]["nice"] == "19"  # the lowest priority
        assert found["segments"][0] | {"probabilities": {}} == {
            "onset_s": 0.1,
            "offset_s": 0.5,
            "label": "Crying",
            "tier": "infant",
            "probabilities": {},
        }
        for name in set(state["formats"]) - {"json"}:
            answer = client.get(f"{job}/result", params={"format": name})
            suffix = annotations.FORMATS[name].suffixes[0]
            assert f'filename="day1{suffix}"' in answer.headers["content-disposition"]
            (timeline,) = annotations.parse(answer.content, name, f"day1{suffix}")
            assert timeline.recording_id == "day1"
            labels = [segment.label for segment in timeline.segments]
            assert sorted(map(str, labels)) == ["Crying"] * 7 + ["Junk"] * 7
        answer = client.get(f"{job}/result?format=midi")
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
        kept = {path.name for path in (tmp_path / "jobs" / job.rpartition("/")[2]).iterdir()}
        assert "evidence" not in kept  # only what the page needs is kept
        wait_until(lambda: value(client, "job_sound_seconds_total") == pytest.approx(7.5))
        assert value(client, 'jobs_ended_total{outcome="done"}') == 1
        assert value(client, "job_duration_seconds_count") == 1


def test_a_form_is_a_recording_with_a_name(app: App, wav: MakeWav) -> None:
    with app() as client:
        files = {"file": ("../étude.flac.wav", wav(1.2))}
        answer = client.post("/segment", files=files)
        assert answer.status_code == 202
        job = answer.headers["location"]
        assert finished(client, job)["name"] == "../étude.flac.wav"
        assert client.get(f"{job}/result").json()["recording_id"] == "étude.flac"
        two = [("file", ("a", b"x")), ("file", ("b", b"x"))]
        assert client.post("/segment", files=two).json()["code"] == "too_many_files"
        assert client.post("/segment", files={"other": ("a", b"")}).status_code == 422
        text = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + bytes(2**17)
        form = {"content-type": "multipart/form-data; boundary=x"}
        assert client.post("/segment", content=text, headers=form).status_code == 422
        name = b'--x\r\nContent-Disposition: form-data; name="file"; filename="+2AA-.wav"\r\n\r\n'
        strange = {"content-type": "multipart/form-data; boundary=x; charset=utf-7"}
        answer = client.post("/segment", content=name + b"\r\n--x--\r\n", headers=strange)
        assert (answer.status_code, answer.json()["name"]) == (202, "?.wav")  # a lone surrogate
        plain = {"content-type": "text/plain"}
        assert client.post("/segment", content=b"x", headers=plain).status_code == 415


def test_progress_is_shown_and_a_result_is_not_given_before_its_time(
    app: App, wav: MakeWav, pause: Callable[[float], None]
) -> None:
    pause(0.15)
    with app() as client:
        job = submit(client, wav(10))
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["state"] not in {"done", "failed"}:
            seen.append(client.get(job).json())
            time.sleep(0.02)
        running = [state for state in seen if state["progress"] and state["state"] == "running"]
        assert len({state["progress"] for state in running}) >= 2
        assert all(state["total_s"] == 10 for state in running)
        assert any(state["eta_s"] and state["eta_s"] < 10 for state in running)
        job = submit(client, wav(10))
        answer = client.get(f"{job}/result")
        assert (answer.status_code, answer.json()["code"]) == (409, "job_not_done")


def test_what_is_not_audio_fails_with_the_reason(app: App, tmp_path: Path) -> None:
    with app() as client:
        job = submit(client, b"Dear all, hello.")
        state = finished(client, job)
        assert state["error"]["code"] == "audio_unreadable"
        assert "text" in state["error"]["detail"]
        answer = client.get(f"{job}/audio?to=1").json()
        assert (answer["code"], "text" in answer["detail"]) == ("job_not_done", True)
        kept = {path.name for path in (tmp_path / "jobs" / job.rpartition("/")[2]).iterdir()}
        assert kept == {"job.json", "state.json", "lock"}
        wait_until(lambda: value(client, 'jobs_ended_total{outcome="failed"}') == 1)


def test_a_recording_that_is_too_long_or_takes_too_long_fails(
    app: App, wav: MakeWav, pause: Callable[[float], None]
) -> None:
    with app(max_job_hours=5 / 3600) as client:
        assert finished(client, submit(client, wav(6)))["error"]["code"] == "audio_too_long"
    pause(5)
    with app(job_seconds=1.5) as client:
        assert finished(client, submit(client, wav(6)))["error"]["code"] == "deadline_exceeded"


def test_a_job_belongs_to_the_key_that_made_it(app: App, wav: MakeWav, tmp_path: Path) -> None:
    keys, lines = zip(*(new_key(name) for name in ("one", "two")), strict=True)
    (tmp_path / "keys").write_text("".join(f"{line}\n" for line in lines))
    one, two = ({"x-api-key": key} for key in keys)
    with app(keys_file=str(tmp_path / "keys")) as client:
        job = submit(client, wav(1), **one)
        for path in (job, f"{job}/result", f"{job}/overview", f"{job}/audio?to=1"):
            assert client.get(path, headers=two).json()["code"] == "job_not_found"
            assert client.get(path).status_code == 401
        assert client.delete(job, headers=two).status_code == 404
        wait_until(lambda: client.get(job, headers=one).json()["state"] == "done")


def test_jobs_are_limited_and_wait_for_their_turn(
    app: App, wav: MakeWav, pause: Callable[[float], None]
) -> None:
    pause(0.2)
    with app(max_jobs=3) as client:
        jobs = [submit(client, wav(2)) for _ in range(3)]
        answer = client.post("/segment", files={"file": ("a", wav(2))})
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert answer.headers["retry-after"] == "1"
        most = 0
        while any(client.get(job).json()["state"] != "done" for job in jobs):
            states = [client.get(job).json()["state"] for job in jobs]
            most = max(most, states.count("running"))
        assert most == 1
        submit(client, wav(2))


@pytest.mark.parametrize("path", ["", "/result", "/overview", "/audio?to=1"])
@pytest.mark.parametrize("id_", ["x", "%2e%2e", "a" * 22, "%2e%2e%2fjobs", ".place-0"])
def test_an_id_is_never_a_path(app: App, id_: str, path: str) -> None:
    with app() as client:
        assert client.get(f"/segment/{id_}{path}").status_code == 404


def test_an_unused_job_is_removed_by_age(app: App, wav: MakeWav, tmp_path: Path) -> None:
    with app(job_keep_seconds=0.5) as client:
        job = submit(client, wav(1))
        finished(client, job)
    time.sleep(0.6)
    with app(job_keep_seconds=0.5) as client:
        wait_until(lambda: client.get(job).status_code == 404)
        wait_until(lambda: not list((tmp_path / "jobs").glob("[!.]*")))


def test_an_upload_is_not_held_in_memory_and_delays_nobody(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "jobs"
    with serve(f"--job-folder={folder}", "--max-job-bytes=400000000") as server:
        before = server.resident_bytes()
        slowest = 0.0
        stop = threading.Event()

        def probe() -> None:
            nonlocal slowest
            while not stop.is_set():
                begin = time.monotonic()
                httpx.get(f"{server.url}/health")
                slowest = max(slowest, time.monotonic() - begin)
                time.sleep(0.02)

        thread = threading.Thread(target=probe)
        thread.start()
        chunks = (b"\0" * 2**20 for _ in range(300))
        answer = httpx.post(
            f"{server.url}/segment",
            content=chunks,
            headers={"content-type": "audio/wav"},
            timeout=60,
        )
        stop.set()
        thread.join()
        assert answer.status_code == 202
        assert server.resident_bytes() - before < 30 * 2**20
        assert slowest < 0.5
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.putrequest("POST", "/segment")
        connection.putheader("content-type", "audio/wav")
        connection.putheader("content-length", "400000001")
        connection.endheaders()
        assert json.loads(connection.getresponse().read())["code"] == "request_too_large"
        wav = {"content-type": "audio/wav"}
        for path in ("/predict", "/segment/x"):  # their limits are as before
            big = httpx.post(f"{server.url}{path}", content=bytes(33 * 2**20), headers=wav)
            assert big.status_code in {405, 413}
