"""Clients that people use get right answers, whatever they do."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.server.clients.matrix import FLAGS, IN_CI, answers, fault
from tests.server.clients.operations import Operation, operations
from tests.server.conftest import Server


@pytest.fixture(scope="module")
def server(serve: Callable[..., AbstractContextManager[Any]]) -> Iterator[Server]:
    with serve(*FLAGS) as running:
        yield running


@pytest.fixture(scope="module")
def todo(tmp_path_factory: pytest.TempPathFactory) -> list[Operation]:
    return operations(tmp_path_factory.mktemp("sent"))


@pytest.mark.parametrize("client", IN_CI)
def test_a_client_gets_right_answers(
    client: str, server: Server, todo: list[Operation], tmp_path: Path
) -> None:
    found = answers(client, todo, server, tmp_path)
    assert len(found) >= len(todo) - 2
    faults = {each.name: fault(each, found[each.name]) for each in todo if each.name in found}
    assert not {name: text for name, text in faults.items() if text}


def test_a_client_that_insists_on_http_2_is_refused_at_once(server: Server) -> None:
    start = time.monotonic()
    command = ["curl", "-sS", "--http2-prior-knowledge", f"{server.url}/health"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode != 0
    assert time.monotonic() - start < 8  # before the time for a head is over
