"""A recording has the evidence and the segments that it had."""

import numpy as np

from packages.core.tests.segmentation.golden_segments import read, rows


def test_no_evidence_and_no_segment_has_changed() -> None:
    golden, found = read(), list(rows())
    assert [name for name, _ in found] == [name for name, _ in golden]
    changed = [
        (name, before, after)
        for (name, before), (_, after) in zip(golden, found, strict=True)
        if not np.allclose(after, before, rtol=1e-3, atol=2e-3)
    ]
    assert not changed
