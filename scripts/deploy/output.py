"""Prints an output of an environment that scripts/deploy_apply.sh has applied from this clone.

    scripts/deploy_output.sh ENVIRONMENT NAME [KEY]

It prints a value; of a map all values, or the one of KEY. With VOCALBABY_STATE_BUCKET set it
fails if the last apply from here was of another instance of the environment: another bucket or
another `name_suffix` than the settings name.
"""

import sys
import tempfile
from pathlib import Path

from scripts.deploy.environment import Environment
from scripts.deploy.programs import ScriptError, run_script

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if len(arguments) not in {2, 3}:
        raise ScriptError("use: deploy_output.sh ENVIRONMENT NAME [KEY]", exit_code=2)
    with tempfile.TemporaryDirectory() as work:
        environment = Environment(arguments[0], Path(work))
        applied, expected = environment.applied_state(), environment.expected_state
        if applied and expected and applied != expected:
            raise ScriptError(f"the last apply from here was of {applied}, not of {expected}")
        value = environment.output(arguments[1])
    if len(arguments) == 3:
        if not isinstance(value, dict) or arguments[2] not in value:
            raise ScriptError(f"the output {arguments[1]} has no key {arguments[2]}")
        value = value[arguments[2]]
    print(*(value.values() if isinstance(value, dict) else [value]), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_script("deploy_output", main))
