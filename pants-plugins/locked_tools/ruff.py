"""Ruff in the goals ``lint``, ``fix`` and ``fmt``, for Python sources and BUILD files.

The Ruff backend of Pants 2.17 has only the check, with an old version of Ruff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pants.backend.build_files.fmt.base import FmtBuildFilesRequest
from pants.backend.python.target_types import ConsoleScript, PythonSourceField
from pants.core.goals.fix import FixResult, FixTargetsRequest
from pants.core.goals.fmt import FmtResult, FmtTargetsRequest
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import Snapshot
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import FieldSet
from pants.option.option_types import ArgsListOption, SkipOption

from locked_tools.tool import LockedTool, ToolRun


class Ruff(LockedTool):
    """Options of Ruff."""

    options_scope = "ruff"
    name = "Ruff"
    help = "The Ruff linter and formatter (https://docs.astral.sh/ruff)."
    default_version = "ruff"
    default_main = ConsoleScript("ruff")
    skip = SkipOption("fmt", "fix", "lint")
    args = ArgsListOption(example="--output-format=concise")

    def run(self, files: Snapshot, *argv: str, rewrites: bool = False) -> ToolRun:
        """A call of Ruff on some files. It uses no cache, which would be lost with the sandbox."""
        command = (*argv, "--no-cache", "--force-exclude")
        return ToolRun(self.to_pex_request(), command, files, ("ruff.toml",), rewrites=rewrites)


@dataclass(frozen=True)
class RuffFieldSet(FieldSet):
    """The files that Ruff checks: every Python source of a target."""

    required_fields = (PythonSourceField,)
    source: PythonSourceField


class RuffCheck(LintTargetsRequest):
    """``ruff check``."""

    field_set_type = RuffFieldSet
    tool_subsystem = Ruff
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


class RuffFix(FixTargetsRequest):
    """``ruff check --fix``."""

    field_set_type = RuffFieldSet
    tool_subsystem = Ruff
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION
    tool_name = "ruff check --fix"
    tool_id = "ruff-fix"


class RuffFormat(FmtTargetsRequest):
    """``ruff format`` on Python sources."""

    field_set_type = RuffFieldSet
    tool_subsystem = Ruff
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION
    tool_name = "ruff format"
    tool_id = "ruff-format"


class RuffFormatBuildFiles(FmtBuildFilesRequest):
    """``ruff format`` on BUILD files."""

    tool_subsystem = Ruff
    tool_name = "ruff format (BUILD files)"
    tool_id = "ruff-format-build-files"


@rule(desc="Lint with ruff check")
async def ruff_check(request: RuffCheck.Batch[RuffFieldSet, Any], ruff: Ruff) -> LintResult:
    """Report violations."""
    sources = await Get(SourceFiles, SourceFilesRequest(fs.source for fs in request.elements))
    run = ruff.run(sources.snapshot, "check", *ruff.args)
    return LintResult.create(request, await Get(FallibleProcessResult, ToolRun, run))


@rule(desc="Fix with ruff check --fix")
async def ruff_fix(request: RuffFix.Batch, ruff: Ruff) -> FixResult:
    """Fix the violations that can be fixed automatically."""
    run = ruff.run(request.snapshot, "check", "--fix", *ruff.args, rewrites=True)
    return await FixResult.create(request, await Get(FallibleProcessResult, ToolRun, run))


@rule(desc="Format with ruff format")
async def ruff_format(request: RuffFormat.Batch, ruff: Ruff) -> FmtResult:
    """Format Python sources."""
    run = ruff.run(request.snapshot, "format", rewrites=True)
    return await FmtResult.create(request, await Get(FallibleProcessResult, ToolRun, run))


@rule(desc="Format BUILD files with ruff format")
async def ruff_format_build_files(request: RuffFormatBuildFiles.Batch, ruff: Ruff) -> FmtResult:
    """Format BUILD files."""
    run = ruff.run(request.snapshot, "format", rewrites=True)
    return await FmtResult.create(request, await Get(FallibleProcessResult, ToolRun, run))


def rules():
    """The rules of this module."""
    return [
        *collect_rules(),
        *RuffCheck.rules(),
        *RuffFix.rules(),
        *RuffFormat.rules(),
        *RuffFormatBuildFiles.rules(),
    ]
