"""Terraform with its providers, once for all tests."""

from pathlib import Path

import pytest

from infra.offline.terraform.mirror import Mirror, apply_mirror, schema_mirror


@pytest.fixture(scope="session")
def today(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Terraform with the schema of today's AWS provider."""
    return schema_mirror(tmp_path_factory.mktemp("today"))


@pytest.fixture(scope="session")
def applying(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Terraform with a provider that applies."""
    return apply_mirror(tmp_path_factory.mktemp("applying"))


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder for a copy of the Terraform files."""
    return tmp_path
