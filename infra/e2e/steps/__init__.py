"""The steps of the deployment test, in their order."""

from infra.e2e.steps import account, destroy, prepare, recover, release, roll_out
from infra.e2e.steps.step import Step

__all__ = ["STEPS"]

STEPS: tuple[Step, ...] = (
    *prepare.STEPS,
    *account.STEPS,
    *release.STEPS,
    *roll_out.STEPS,
    *recover.STEPS,
    *destroy.STEPS,
)
