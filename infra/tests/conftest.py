"""Terraform with its providers, set up once for all tests."""

from pathlib import Path

import pytest

from infra.offline.terraform.mirror import Mirror, apply_mirror, schema_mirror


@pytest.fixture(scope="session")
def validating(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Terraform with the schema of the current AWS provider."""
    return schema_mirror(tmp_path_factory.mktemp("validating"))


@pytest.fixture(scope="session")
def applying(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Terraform with an AWS provider that can apply."""
    return apply_mirror(tmp_path_factory.mktemp("applying"))


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """An empty folder for a copy of the Terraform files."""
    return tmp_path
