"""The extras of vocalbaby-corpus: errors where one is not installed."""

from importlib.util import find_spec
from typing import Final

from vocalbaby.exception import MissingExtraError

__all__ = ["require_extra_of_corpus"]

_MODULES: Final = {
    "dask": ("Running on Dask", ("dask", "distributed")),
    "slurm": ("Running on SLURM", ("dask", "distributed", "dask_jobqueue")),
    "gamma": ("Computing gamma", ("pygamma_agreement",)),
}


def require_extra_of_corpus(extra: str) -> None:
    """Verify that the packages of an extra are installed, before work that needs them.

    Args:
        extra: ``dask``, ``slurm`` or ``gamma``.

    Raises:
        MissingExtraError: One is not.
    """
    purpose, modules = _MODULES[extra]
    if any(find_spec(module) is None for module in modules):
        raise MissingExtraError(
            f"{purpose} needs the extra {extra}, which is not installed.",
            hint=f"Run: pip install 'vocalbaby-corpus[{extra}]'",
        )
