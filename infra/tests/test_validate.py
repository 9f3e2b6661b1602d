"""Every part is formatted and valid by the schema of the current AWS provider."""

import re
from pathlib import Path

import pytest

from infra.offline.terraform.mirror import INFRA, Mirror, copy_of
from infra.offline.terraform.provider_schema import provider_version

#: Folders in which Terraform runs. They include all modules and the stack.
ROOTS = sorted(
    str(path.parent.relative_to(INFRA / "terraform"))
    for path in (INFRA / "terraform").rglob("main.tf")
    if 'provider "aws"' in path.read_text("utf-8")
)


def test_every_module_is_part_of_a_root() -> None:
    examples = {
        f"modules/{path.name}/examples/basic" for path in (INFRA / "terraform/modules").iterdir()
    }
    assert {"bootstrap", "envs/production", "envs/staging"} | examples == set(ROOTS)


def test_every_file_is_formatted(validating: Mirror) -> None:
    validating.run(INFRA / "terraform", "fmt", "-check", "-recursive", "-diff")


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_is_valid(root: str, validating: Mirror, tmp_path: Path) -> None:
    folder = copy_of(root, tmp_path)
    validating.init(folder)
    assert "Success!" in validating.run(folder, "validate", "-no-color")


def test_the_locked_provider_is_the_one_of_the_schema() -> None:
    """An environment installs the provider version by which its files are validated."""
    roots = [root for root in ROOTS if not root.startswith("modules/")]
    locks = {(INFRA / "terraform" / root / ".terraform.lock.hcl").read_text() for root in roots}
    (lock,) = locks
    assert re.findall(r'(?m)^  version     = "(.+)"$', lock) == [provider_version()]
    # Terraform verifies the archives by these checksums, one for each platform.
    assert len(set(re.findall(r'"zh:[0-9a-f]{64}"', lock))) > 10


@pytest.fixture(scope="module")
def storage(validating: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the module for planted faults."""
    folder = copy_of("modules/storage", tmp_path_factory.mktemp("faults"))
    validating.init(folder)
    return folder


@pytest.mark.parametrize(
    ("file", "right", "wrong", "message"),
    [
        ("main.tf", "force_destroy = var", "force_destory = var", "Unsupported argument"),
        ("main.tf", "].id\n  policy", "].id\n  # policy", "Missing required argument"),
        ("settings.tf", "versioning_configuration {", "versioning {", "Unsupported block type"),
        ("settings.tf", "aws_s3_bucket_logging", "aws_s3_bucket_log", "Invalid resource type"),
        ("settings.tf", 'status = "Enabled"', "status = {}", "Incorrect attribute value type"),
        ("outputs.tf", "bucket.this", "bucket.these", "Reference to undeclared resource"),
    ],
)
def test_validation_finds_a_planted_fault(
    file: str, right: str, wrong: str, message: str, validating: Mirror, storage: Path
) -> None:
    path = storage / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    try:
        assert message in validating.run(storage, "validate", "-no-color", expect=1)
    finally:
        path.write_text(text, "utf-8")


def test_finds_an_unformatted_file(validating: Mirror, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {\na=1\n}\n")
    validating.run(tmp_path, "fmt", "-check", expect=3)
