"""API keys: which requests are accepted, and how keys change without a restart."""

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby import cli
from vocalbaby.api.app import create_app
from vocalbaby.api.middleware.key_file import KeyFile
from vocalbaby.api.middleware.keys import add_key, new_key, read_keys
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError, KeyRefusedError, KeyRequiredError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]


#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


@pytest.fixture
def key_file(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A file of keys of lab, field, an old one and a revoked one, and the keys."""
    file, keys = tmp_path / "keys.txt", {}
    lines = ["# clients", ""]
    for name, rest in (("lab", ""), ("field", " until=2999-12-31")):
        keys[name], line = new_key(name)
        lines.append(line + rest)
    for name, rest in (("old", " until=2001-01-01  # student"), ("gone", " revoked")):
        keys[name], line = new_key(name)
        lines.append(line + rest)
    file.write_text("\n".join([*lines, ""]))
    return file, keys


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_requests_with_a_valid_key_are_accepted(
    key_file: tuple[Path, dict[str, str]], fake: MakeFake, wav: MakeWav
) -> None:
    file, keys = key_file
    refused = {
        "none": ({}, 401, "key_required"),
        "unknown": (bearer("vb_nonsense"), 401, "key_required"),
        "other scheme": ({"authorization": "Basic abc"}, 401, "key_required"),
        "old": (bearer(keys["old"]), 403, "key_refused"),
        "revoked": (bearer(keys["gone"]), 403, "key_refused"),
    }
    with TestClient(create_app(Settings(keys_file=str(file)), fake())) as client:
        for headers in (bearer(keys["lab"]), {"x-api-key": keys["field"]}):
            answer = client.post("/predict", files={"files": wav(0.2)}, headers=headers)
            assert answer.status_code == 200
        for why, (headers, status, code) in refused.items():
            for path in ("/predict", "/predict_zip", "/model", "/model/card", "/nowhere"):
                answer = client.post(path, content=b"x" * 999, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (status, code), why
                if status == 401:
                    assert answer.headers["www-authenticate"] == 'Bearer realm="vocalbaby"'
        for path in ("/", "/health", "/ready", "/metrics", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200, path
        text = client.get("/metrics").text
    assert 'vocalbaby_errors_total{code="key_required"} 15.0' in text


def test_without_a_file_of_keys_all_requests_are_accepted_and_the_log_warns(
    fake: MakeFake, wav: MakeWav, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(Settings(), fake())) as client:
        assert client.post("/predict", files={"files": wav(0.2)}).status_code == 200
    assert "no API keys are configured" in caplog.text


def test_keys_can_be_required(
    tmp_path: Path,
    fake: MakeFake,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigError, match="no file of keys is given"):
        create_app(Settings(require_keys=True), fake())
    (tmp_path / "k").write_text("# nobody yet\n")
    for file in ("k", "missing"):
        with pytest.raises(ConfigError, match=r"no valid key|cannot be read: No such file"):
            create_app(Settings(require_keys=True, keys_file=str(tmp_path / file)), fake())
    monkeypatch.setattr("vocalbaby.api.server.launch.setup_logging", lambda *_, **__: None)
    assert cli.main(["--require-keys", "--host=127.0.0.1", "--port=0"]) == 2
    assert "vocalbaby-serve new-key NAME" in capsys.readouterr().err


def test_keys_are_added_and_revoked_without_a_restart(
    key_file: tuple[Path, dict[str, str]],
) -> None:
    file, keys = key_file
    held = KeyFile(file)
    lab = keys["lab"].encode()
    assert held.check(lab) == "lab"
    new, line = new_key("new")
    add_key(file, line)
    poll_twice(held)
    assert (held.check(lab), held.check(new.encode())) == ("lab", "new")
    file.write_text(file.read_text().replace("lab sha", "labor sha"))
    poll_twice(held)
    assert held.check(lab) == "labor"
    before = file.read_text()
    file.write_text("garbage\n")
    poll_twice(held)
    assert held.check(lab) == "labor"  # an error in the file revokes no key
    file.unlink()
    poll_twice(held)
    assert held.check(lab) == "labor"
    revoked = [f"{row} revoked\n" for row in before.splitlines() if "sha" in row]
    file.write_text("".join(revoked))
    poll_twice(held)
    with pytest.raises(KeyRefusedError, match="'labor' was revoked"):
        held.check(lab)
    file.write_text("")
    poll_twice(held)
    with pytest.raises(KeyRequiredError):
        held.check(lab)


def poll_twice(held: KeyFile) -> None:
    """A change is used once two looks have found it."""
    held.poll()
    held.poll()


def test_every_key_is_compared_in_constant_time(
    key_file: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[bytes] = []

    def compare(a: bytes, b: bytes) -> bool:
        calls.append(a)
        return a == b

    monkeypatch.setattr(hmac, "compare_digest", compare)
    file, keys = key_file
    held = KeyFile(file)
    for given in (keys["lab"].encode(), keys["field"].encode()):
        held.check(given)
    with pytest.raises(KeyRequiredError):
        held.check(b"unknown")
    assert len(calls) == 3 * 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lab", "line 1 is not a name and a hash"),
        ("\nlab sha256:12", "line 2 is not a name and a hash"),
        (f"a/b sha256:{'0' * 64}", "is not a name and a hash"),
        (f"a sha256:{'0' * 64}", "its last line has no end"),
        (f"a sha256:{'0' * 64} forever", "has 'forever' after the hash"),
        (f"a sha256:{'0' * 64}\na sha256:{'1' * 64}\n", "the same name twice"),
        (f"a sha256:{'0' * 64}\nb sha256:{'0' * 64}\n", "the same hash twice"),
    ],
)
def test_a_malformed_file_of_keys_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_keys(text, "keys.txt")


def test_a_file_that_windows_has_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    key, line = new_key("lab")
    file.write_bytes(f"\ufeff{line}\r\n".encode())
    assert KeyFile(file).check(key.encode()) == "lab"
    other, line = new_key("field")
    add_key(file, line)
    assert KeyFile(file).check(key.encode()) == "lab"
    assert KeyFile(file).check(other.encode()) == "field"


def test_the_command_creates_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys.txt"
    assert cli.main(["new-key", "lab", "--file", str(file)]) == 0
    key = capsys.readouterr().out.strip()
    assert key not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert KeyFile(file).check(key.encode()) == "lab"
    assert cli.main(["new-key", "lab", "--file", str(file)]) == 2
    assert "the same name twice" in capsys.readouterr().err
    assert cli.main(["new-key", "a b"]) == 2
    assert cli.main(["new-key", "x"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("sha256:") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys.txt"]


def test_over_its_rate_a_key_gets_429(
    key_file: tuple[Path, dict[str, str]], fake: MakeFake
) -> None:
    file, keys = key_file
    limits = Settings(keys_file=str(file), key_requests_per_second=0.1, key_burst=2)
    with TestClient(create_app(limits, fake())) as client:
        answers = [client.get("/nowhere", headers=bearer(keys["lab"])) for _ in range(3)]
        other = client.get("/nowhere", headers=bearer(keys["field"]))
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2].json()["code"] == "rate_limited"
    assert answers[2].headers["retry-after"] == "10"
    assert other.status_code == 404
