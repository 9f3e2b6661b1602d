"""Fixtures of the tests of releases."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.release.workplace import Workplace, make_workplace, simulated_account


@pytest.fixture(scope="module")
def account() -> Iterator[dict[str, str]]:
    """A simulated AWS account."""
    with simulated_account() as variables:
        yield variables


@pytest.fixture
def workplace(account: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Workplace:
    """A workplace with a version of its own for each test."""
    version = re.sub(r"\W", "-", request.node.name)
    return make_workplace(account, tmp_path, version)
