"""How well two sets of annotations of the same recordings agree.

`compare` takes timelines of any format, such as those of a human coder and of a model.
``docs/agreement.md`` defines the figures.
"""

from vocalbaby.corpus.agreement.comparing import Regions, compare
from vocalbaby.corpus.agreement.results import Agreement, Confusion, Coverage, Figure, Pair
from vocalbaby.corpus.agreement.settings import AgreementConfig

__all__ = [
    "Agreement",
    "AgreementConfig",
    "Confusion",
    "Coverage",
    "Figure",
    "Pair",
    "Regions",
    "compare",
]
