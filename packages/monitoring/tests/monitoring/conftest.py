"""A service's metrics."""

import pytest
from prometheus_client import CollectorRegistry

from vocalbaby.monitoring.metrics import ServiceMetrics


@pytest.fixture
def metrics() -> ServiceMetrics:
    """Metrics in a registry without those of the process."""
    return ServiceMetrics(
        CollectorRegistry(),
        classes=("Crying", "Laughing", "Junk"),
        error_codes=["bundle_checksum", "storage_unavailable"],
        warning_codes=["quiet", "not_confident"],
    )
