"""Runs a command-line tool that a lock file of this repository pins."""

from __future__ import annotations

from dataclasses import dataclass

from pants.backend.python.subsystems.python_tool_base import PythonToolBase
from pants.backend.python.util_rules import pex
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.engine.fs import Digest, MergeDigests, Snapshot
from pants.engine.process import FallibleProcessResult, ProcessExecutionFailure
from pants.engine.rules import Get, MultiGet, collect_rules, rule


class LockedTool(PythonToolBase):
    """A tool that is installed from the resolve named in pants.toml; it has no default version."""

    default_lockfile_resource = ("locked_tools", "none.lock")
    default_interpreter_constraints = ["CPython==3.11.*"]
    register_interpreter_constraints = True


@dataclass(frozen=True)
class ToolRun:
    """One call of a tool on some files; ``rewrites`` says whether it may change them."""

    pex: PexRequest
    argv: tuple[str, ...]
    files: Snapshot
    config_files: tuple[str, ...]
    rewrites: bool = False


@rule
async def run_tool(run: ToolRun) -> FallibleProcessResult:
    """Run the tool in a sandbox that holds the files and the tool's configuration."""
    venv, config = await MultiGet(
        Get(VenvPex, PexRequest, run.pex),
        Get(ConfigFiles, ConfigFilesRequest(discovery=True, check_existence=run.config_files)),
    )
    sandbox = await Get(Digest, MergeDigests([run.files.digest, config.snapshot.digest]))
    result = await Get(
        FallibleProcessResult,
        VenvPexProcess(
            venv,
            argv=(*run.argv, *run.files.files),
            input_digest=sandbox,
            output_files=run.files.files if run.rewrites else (),
            description=f"Run {run.pex.output_filename} on {len(run.files.files)} files",
        ),
    )
    # Pants ignores the exit code of tools that rewrite files. Ruff returns 1 for violations that
    # it could not fix.
    if run.rewrites and result.exit_code not in (0, 1):
        raise ProcessExecutionFailure(
            result.exit_code, result.stdout, result.stderr, " ".join(run.argv)
        )
    return result


def rules():
    """The rules of this module."""
    return [*collect_rules(), *pex.rules()]
