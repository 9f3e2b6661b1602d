"""Which stretches of recordings to annotate next.

A frame has all stretches of an archive with what a model predicts for each; a sampler draws some of
them with known probabilities. ``docs/sampling.md`` is the guide.
"""

from vocalbaby.corpus.sampling.drawing import SAMPLERS, draw
from vocalbaby.corpus.sampling.frame import Frame, build_frame
from vocalbaby.corpus.sampling.manifest import SampledStretch, read_sample, write_sample
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.corpus.sampling.rounds import after_exclusion, union_of_rounds
from vocalbaby.corpus.sampling.samples import Sample

__all__ = [
    "SAMPLERS",
    "Frame",
    "Sample",
    "SampleOptions",
    "SampledStretch",
    "after_exclusion",
    "build_frame",
    "draw",
    "read_sample",
    "union_of_rounds",
    "write_sample",
]
