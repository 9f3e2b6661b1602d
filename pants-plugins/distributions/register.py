"""Gives the extras of distributions the bounds of 3rdparty/python/requirements.in."""

from __future__ import annotations

from dataclasses import dataclass

from pants.backend.python.target_types import (
    PythonProvidesField,
    PythonRequirementsField,
)
from pants.backend.python.util_rules.package_dists import SetupKwargs, SetupKwargsRequest
from pants.engine.addresses import UnparsedAddressInputs
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import Target, Targets
from pants.engine.unions import UnionRule

# Requirements without wheels for macOS, and what is installed there.
ON_MACOS = {"xgboost-cpu": "xgboost"}


@dataclass(frozen=True)
class DistributionKwargs(SetupKwargsRequest):
    """The arguments of `setup()` in which extras are lists of addresses or requirements."""

    @classmethod
    def is_applicable(cls, target: Target) -> bool:
        """Whether the target is a distribution."""
        return target.has_field(PythonProvidesField)


@rule
async def setup_kwargs(request: DistributionKwargs) -> SetupKwargs:
    """Replace the addresses in extras by the requirements of their targets."""
    kwargs = request.explicit_kwargs
    extras = dict(kwargs.get("extras_require", {}))
    for extra, names in extras.items():
        targets = await Get(
            Targets,
            UnparsedAddressInputs(
                [name for name in names if name[:2] == "//"],
                owning_address=request.target.address,
                description_of_origin=f"the extras of {request.target.address}",
            ),
        )
        ours = [name for name in names if name[:2] != "//"]
        extras[extra] = sorted([*_requirements(targets), *ours])
    if extras:
        kwargs["extras_require"] = extras
    return SetupKwargs(kwargs, address=request.target.address)


def _requirements(targets: Targets) -> list[str]:
    found = []
    for target in targets:
        for requirement in target[PythonRequirementsField].value:
            here, name = str(requirement), requirement.project_name
            if name in ON_MACOS:
                there = here.replace(name, ON_MACOS[name], 1)
                found += [f'{here}; sys_platform != "darwin"', f'{there}; sys_platform == "darwin"']
            else:
                found.append(here)
    return found


def rules():
    """The rules of this backend."""
    return [*collect_rules(), UnionRule(SetupKwargsRequest, DistributionKwargs)]
