"""All kinds of requests, by their names."""

from benchmarks.cost.archives import ARCHIVES
from benchmarks.cost.forms import FORMS
from benchmarks.cost.heads import HEADS
from benchmarks.cost.sent import Kinds
from benchmarks.cost.sounds import SOUNDS
from benchmarks.cost.tensors import TENSORS

__all__ = ["KINDS"]

KINDS: Kinds = {**HEADS, **FORMS, **TENSORS, **ARCHIVES, **SOUNDS}
