"""The operations with programs: curl, Node, Go and Java."""

import base64
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.server.clients.operations import Answer, Operation, write_plan

__all__ = ["CURL", "LANGUAGES", "NOT_POSSIBLE", "run_curl", "run_program"]

_HERE: Final = Path(__file__).parent / "programs"
_TIMEOUT_S: Final = 170

#: Options of curl by the name of the variant.
CURL: Final[Mapping[str, tuple[str, ...]]] = {
    "curl": (),
    "curl --http2 (Upgrade)": ("--http2",),
    # Without a 100 in time, the request would not end in time.
    "curl, Expect: 100-continue": ("-H", "Expect: 100-continue", "--expect100-timeout", "100"),
    "curl --http1.0": ("--http1.0",),
}
#: Commands that run a plan, by the name of the client.
LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "Node fetch": ("node", str(_HERE / "fetch.mjs")),
    "Node http": ("node", str(_HERE / "http.mjs")),
    "Go net/http": ("go", "run", str(_HERE / "client.go")),
    "Java HttpClient (Upgrade)": ("java", str(_HERE / "Client.java")),
    "Java HttpClient, HTTP/1.1": ("java", str(_HERE / "Client.java")),
}
_ARGUMENTS: Final = {"Java HttpClient, HTTP/1.1": ("HTTP_1_1",)}
#: What a client cannot do: HTTP/1.0 has no chunks, and curl asks for no connection to be kept.
NOT_POSSIBLE: Final = {("curl --http1.0", "streamed"), ("curl --http1.0", "reused")}


def run_curl(options: Sequence[str], operation: Operation, base: str, folder: Path) -> Answer:
    """Do an operation with curl."""
    url, file = base + operation.path, operation.file
    command = ["curl", "-sS", "-X", "POST", "-m", "60", "-w", "%{stderr}%{http_code} ", *options]
    if operation.header[0]:
        command += ["-H", ": ".join(operation.header)]
    if operation.form:
        command += ["-F", f"{operation.form}=@{file};type={operation.type}"]
    elif operation.streamed:
        command += ["-H", f"Content-Type: {operation.type}", "-T", "-"]
    else:
        command += ["-H", f"Content-Type: {operation.type}", "--data-binary", f"@{file}"]
    command += [f"{url}?n=[1-{operation.times}]", "-o", f"{folder}/answer-#1"]
    with file.open("rb") as content:
        done = subprocess.run(
            command, stdin=content, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    last = folder / f"answer-{operation.times}"
    body = last.read_bytes() if last.exists() else b""
    last.unlink(missing_ok=True)
    fault = "" if done.returncode == 0 else done.stderr.decode()
    statuses = () if fault else tuple(map(int, done.stderr.split()))
    return Answer(statuses, body, fault=fault)


def run_program(
    name: str,
    todo: Sequence[Operation],
    base: Callable[[Operation], str],
    folder: Path,
) -> dict[str, Answer]:
    """Do all operations with a program; returns the answers by the names of the operations."""
    write_plan(list(todo), base, folder / "plan")
    command = [*LANGUAGES[name], str(folder / "plan"), *_ARGUMENTS.get(name, ())]
    done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False, text=True)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr}")
    found = {}
    for operation, line in zip(todo, done.stdout.splitlines(), strict=True):
        answer = json.loads(line)
        body = base64.b64decode(answer["body"] or "")
        statuses = tuple(answer["statuses"] or ())
        found[operation.name] = Answer(statuses, body, fault=answer["fault"])
    return found
