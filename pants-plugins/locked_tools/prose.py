"""proselint on the Markdown pages: archaisms, clichés, redundancy, hedging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import ConsoleScript
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.target_types import FileSourceField
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import FieldSet, Target
from pants.option.option_types import ArgsListOption, SkipOption

from locked_tools.tool import LockedTool, ToolRun

CONFIG = ".proselintrc.json"


class Proselint(LockedTool):
    """Options of proselint."""

    options_scope = "proselint"
    name = "proselint"
    help = "A linter for English prose (https://github.com/amperser/proselint)."
    default_version = "proselint"
    default_main = ConsoleScript("proselint")
    skip = SkipOption("lint")
    args = ArgsListOption(example="--verbose")


@dataclass(frozen=True)
class PageFieldSet(FieldSet):
    """Every Markdown page that a BUILD file names."""

    required_fields = (FileSourceField,)
    source: FileSourceField

    @classmethod
    def opt_out(cls, tgt: Target) -> bool:
        """Leave out every file that is not Markdown."""
        return not (tgt[FileSourceField].value or "").endswith(".md")


class ProselintLint(LintTargetsRequest):
    """``proselint check``."""

    field_set_type = PageFieldSet
    tool_subsystem = Proselint
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


@rule(desc="Lint with proselint")
async def proselint_lint(
    request: ProselintLint.Batch[PageFieldSet, Any], proselint: Proselint
) -> LintResult:
    """Report what a copy editor would mark."""
    sources = await Get(SourceFiles, SourceFilesRequest(fs.source for fs in request.elements))
    argv = ("--config", CONFIG, *proselint.args, "check")
    run = ToolRun(proselint.to_pex_request(), argv, sources.snapshot, (CONFIG,))
    return LintResult.create(request, await Get(FallibleProcessResult, ToolRun, run))


def rules():
    """The rules of this module."""
    return [*collect_rules(), *ProselintLint.rules()]
