"""Every part is formatted and fits the schema of today's AWS provider; planted faults do not."""

import re
from pathlib import Path

import pytest

from infra.offline.terraform.mirror import INFRA, Mirror, copy_of
from infra.offline.terraform.provider_schema import provider_version

#: What Terraform is called on. Modules and the stack are validated within these.
ROOTS = sorted(
    str(path.parent.relative_to(INFRA / "terraform"))
    for path in (INFRA / "terraform").rglob("main.tf")
    if 'provider "aws"' in path.read_text("utf-8")
)


def test_every_module_is_validated_within_a_root() -> None:
    examples = {
        f"modules/{path.name}/examples/basic" for path in (INFRA / "terraform/modules").iterdir()
    }
    assert {"bootstrap", "envs/production", "envs/staging"} | examples == set(ROOTS)


def test_every_file_is_formatted(today: Mirror) -> None:
    today.run(INFRA / "terraform", "fmt", "-check", "-recursive", "-diff")


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_fits_the_schema(root: str, today: Mirror, tmp_path: Path) -> None:
    folder = copy_of(root, tmp_path)
    today.init(folder)
    assert "Success!" in today.run(folder, "validate", "-no-color")


def test_the_provider_that_is_locked_is_the_one_of_the_schema() -> None:
    """What an environment installs is what its files were validated by."""
    roots = [root for root in ROOTS if not root.startswith("modules/")]
    locks = {(INFRA / "terraform" / root / ".terraform.lock.hcl").read_text() for root in roots}
    (lock,) = locks
    assert re.findall(r'(?m)^  version     = "(.+)"$', lock) == [provider_version()]
    # By the archives' checksums, one for each platform, Terraform knows them before they run.
    assert len(set(re.findall(r'"zh:[0-9a-f]{64}"', lock))) > 10


@pytest.fixture(scope="module")
def storage(today: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the module to plant faults in."""
    folder = copy_of("modules/storage", tmp_path_factory.mktemp("faults"))
    today.init(folder)
    return folder


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("main.tf", "force_destroy = var", "force_destory = var", "Unsupported argument"),
        ("main.tf", "].id\n  policy", "].id\n  # policy", "Missing required argument"),
        ("settings.tf", "versioning_configuration {", "versioning {", "Unsupported block type"),
        ("settings.tf", "aws_s3_bucket_logging", "aws_s3_bucket_log", "Invalid resource type"),
        ("settings.tf", 'status = "Enabled"', "status = {}", "Incorrect attribute value type"),
        ("outputs.tf", "bucket.this", "bucket.these", "Reference to undeclared resource"),
    ],
)
def test_a_planted_fault_does_not_fit_the_schema(
    file: str, right: str, wrong: str, said: str, today: Mirror, storage: Path
) -> None:
    path = storage / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    try:
        assert said in today.run(storage, "validate", "-no-color", expect=1)
    finally:
        path.write_text(text, "utf-8")


def test_a_file_that_is_not_formatted_is_found(today: Mirror, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {\na=1\n}\n")
    today.run(tmp_path, "fmt", "-check", expect=3)
