"""A timeline with everything that formats differ in."""

from datetime import UTC, datetime

import pytest

from vocalbaby.entity.timeline import Child, Segment, Timeline


@pytest.fixture
def day() -> Timeline:
    """Overlaps, a point, a label with quotation marks, and segments out of order."""
    return Timeline(
        "day1",
        (
            Segment(10.0, 11.5, "Crying", {"Crying": 0.9, "Junk": 0.1}, "CHI"),
            Segment(11.0, 12.25, 'he said "no" & left', speaker="FA1"),
            Segment(11.25, 13.0, "Canonical", {"Canonical": 0.6, "Junk": 0.4}, "CHI"),
            Segment(2.0, 2.0, "bébé", speaker="FA1"),
        ),
        duration_s=60.0,
        clock_start=datetime(2024, 5, 1, 9, 30, tzinfo=UTC),
        child=Child("c07", "corpus", 9.5, "F"),
    )
