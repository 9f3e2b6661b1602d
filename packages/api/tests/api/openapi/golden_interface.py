"""The described interface of the service, which golden_interface.json pins.

After a change of the interface that is meant, write the file anew, and read the difference as a
client would:

    .venv/bin/python -m packages.api.tests.api.openapi.golden_interface
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from packages.api.tests.conftest import FakePredictor
from packages.api.tests.support import wait_until
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings

GOLDEN = Path(__file__).with_name("golden_interface.json")
#: Documents with which clients learn about the interface.
PATHS = ("/openapi.json", "/v2", "/v2/models/vocalbaby", "/v2/models/vocalbaby/ready")
#: Characters of JSON.
_LONG = 80


def interface(client: TestClient) -> dict[str, Any]:
    """Documents by their paths, without the version of VocalBaby."""
    found = {path: client.get(path) for path in PATHS}
    assert {path: answer.status_code for path, answer in found.items()} == dict.fromkeys(PATHS, 200)
    documents = {path: answer.json() for path, answer in found.items()}
    documents["/openapi.json"]["info"].pop("version")
    documents["/v2"].pop("version")
    return documents


def text(documents: dict[str, Any]) -> str:
    """JSON with a line for each value; what is there again names the place where it is first."""
    short = _without_repetition(documents, "", {})
    return json.dumps(short, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _without_repetition(value: Any, place: str, first: dict[str, str]) -> Any:
    if not isinstance(value, dict | list):
        return value
    whole = json.dumps(value, sort_keys=True)
    if len(whole) > _LONG and first.setdefault(whole, place) != place:
        return f"as {first[whole]}"
    if isinstance(value, list):
        return [_without_repetition(one, f"{place}[{i}]", first) for i, one in enumerate(value)]
    return {key: _without_repetition(value[key], f"{place} {key}", first) for key in sorted(value)}


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(job_folder=folder, max_jobs=1000)
        with TestClient(create_app(settings, FakePredictor())) as client:
            wait_until(lambda: client.get("/ready").status_code == 200)
            GOLDEN.write_text(text(interface(client)), encoding="utf-8")


if __name__ == "__main__":
    main()
