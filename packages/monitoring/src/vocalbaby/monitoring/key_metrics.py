"""Metrics of the file of API keys."""

from vocalbaby.monitoring.definitions import Factory

__all__ = ["KeyMetrics"]


class KeyMetrics:
    """Whether the API keys in use are those of their file; both are 0 without a file.

    Args:
        make: Creates the metrics.

    Examples:
        >>> from prometheus_client import CollectorRegistry
        >>> registry = CollectorRegistry()
        >>> KeyMetrics(Factory(registry)).set(is_fault=True, age_s=60.0)
        >>> registry.get_sample_value("vocalbaby_keys_age_seconds")
        60.0
    """

    def __init__(self, make: Factory) -> None:
        self._fault = make.gauge("keys_fault")
        self._age = make.gauge("keys_age")

    def set(self, *, is_fault: bool, age_s: float) -> None:
        """Set what the last look at the file found.

        Args:
            is_fault: Whether the file could not be used.
            age_s: Seconds since it was last used.
        """
        self._fault.set(is_fault)
        self._age.set(age_s)
