"""Each module passes its own tests on a mocked provider, and the tests find planted faults."""

import re
from pathlib import Path

import pytest

from infra.offline.terraform.mirror import INFRA, Mirror, copy_of

ROOT = INFRA / "terraform"
MODULES = sorted(path.name for path in (ROOT / "modules").iterdir())
TESTED = sorted(str(path.parent.parent.relative_to(ROOT)) for path in ROOT.rglob("*.tftest.hcl"))


@pytest.mark.parametrize("module", MODULES)
def test_the_tests_of_a_module_run_its_example(module: str) -> None:
    folder = ROOT / "modules" / module
    (tests,) = folder.glob("tests/*.tftest.hcl")
    assert 'source = "./examples/basic"' in tests.read_text("utf-8")
    assert (folder / "examples/basic/main.tf").is_file()


@pytest.mark.parametrize("module", MODULES)
def test_every_validation_rule_of_a_variable_is_tested(module: str) -> None:
    folder = ROOT / "modules" / module
    text = (folder / "variables.tf").read_text("utf-8")
    blocks = [block for block in text.split('\nvariable "') if "validation {" in block]
    bounded = {block.removeprefix('variable "').split('"')[0] for block in blocks}
    (tests,) = folder.glob("tests/*.tftest.hcl")
    refusals = re.findall(r"expect_failures = \[(.*?)\]", tests.read_text("utf-8"), re.DOTALL)
    assert {name for some in refusals for name in re.findall(r"var\.(\w+)", some)} == bounded


@pytest.mark.parametrize("part", TESTED)
def test_a_part_passes_its_tests(part: str, validating: Mirror, workplace: Path) -> None:
    folder = copy_of(part, workplace)
    validating.init(folder)
    assert "0 failed" in validating.run(folder, "test", "-no-color")


@pytest.mark.parametrize(
    ("part", "file", "right", "wrong"),
    [
        ("networking", "security.tf", "from_port         = tonumber(each.key)", "from_port = 22"),
        ("storage", "main.tf", "block_public_acls       = true", "block_public_acls = false"),
        (
            "compute",
            "main.tf",
            'http_tokens                 = "required"',
            'http_tokens = "optional"',
        ),
        ("compute", "main.tf", 'tags = { Name = "${var.name}-server" }', ""),
        ("compute", "main.tf", "local.idle_seconds + 15", "local.idle_seconds - 15"),
        ("compute", "main.tf", "tags          = local.tags", "tags = var.tags"),
        ("networking", "endpoints.tf", '["autoscaling", ', "["),
        ("networking", "flow_logs.tf", "logs:DescribeLogGroups", "logs:CreateLogGroup"),
        ("storage", "settings.tf", '== "logs" ? 1 :', '== "logs" ? 90 :'),
        ("iam", "main.tf", 'test     = "StringEquals"', 'test = "StringLike"'),
        ("monitoring", "main.tf", "replace_triggered_by", "#"),
        ("monitoring", "schedule.tf", "interval      = 24", "interval      = 12"),
        ("monitoring", "main.tf", "final_snapshot    = true", "final_snapshot = false"),
        ("ecr", "main.tf", '"IMMUTABLE"', '"MUTABLE"'),
        ("ecr", "main.tf", 'tagStatus   = "untagged"', 'tagStatus   = "any"'),
    ],
)
def test_the_tests_find_a_planted_fault(
    part: str, file: str, right: str, wrong: str, validating: Mirror, workplace: Path
) -> None:
    folder = copy_of(f"modules/{part}", workplace)
    text = (folder / file).read_text("utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong), "utf-8")
    validating.init(folder)
    assert "Test assertion failed" in validating.run(folder, "test", "-no-color", expect=1)
