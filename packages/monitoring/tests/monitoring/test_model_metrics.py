"""The metrics of the models in memory and of their predictions."""

from typing import Any, NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from vocalbaby.monitoring.metrics import ServiceMetrics
from vocalbaby.monitoring.model_metrics import ServedModel

CLASSES = ("Crying", "Laughing", "Junk")


def samples(metrics: ServiceMetrics) -> dict[tuple[Any, ...], float]:
    """Values by name and sorted labels, as Prometheus would read them."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        (s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples
    }


class Prediction(NamedTuple):
    """What the metrics need of a prediction."""

    label: str | None
    probabilities: dict[str, float]
    model_version: str


def prediction(version: str, label: str, probability: float = 0.8) -> Prediction:
    rest = (1 - probability) / (len(CLASSES) - 1)
    probabilities = {name: probability if name == label else rest for name in CLASSES}
    return Prediction(label, probabilities, version)


def test_a_new_model_starts_at_zero_and_replaces_the_previous_one(metrics: ServiceMetrics) -> None:
    metrics.set_model(version="v1", name="n", feature_set="f")
    metrics.count_prediction(label=None, model_version="v1", duration_s=0.3)
    metrics.set_model(version="v2", name="n", feature_set="f")
    found = samples(metrics)

    def info(version: str) -> float:
        labels = (("feature_set", "f"), ("name", "n"), ("version", version))
        return found["vocalbaby_model_info", *labels]

    def predicted(label: str, version: str) -> float:
        labels = (("class", label), ("model_version", version))
        return found["vocalbaby_predictions_total", *labels]

    assert (info("v1"), info("v2")) == (0, 1)
    assert predicted("abstained", "v1") == 1
    assert [predicted(label, "v2") for label in (*CLASSES, "abstained")] == [0] * 4


def test_a_change_of_models_or_shares_counts_as_a_switch(metrics: ServiceMetrics) -> None:
    def switches_after(**shares: float | None) -> float:
        metrics.models.set_models([ServedModel(v, "n", "f", share) for v, share in shares.items()])
        return samples(metrics)["vocalbaby_model_switches_total",]

    assert switches_after() == 0  # nothing is there yet
    assert switches_after(a=1.0) == 0
    assert switches_after(a=1.0, shadow=None) == 0
    assert switches_after(a=0.9, b=0.1) == 1
    assert switches_after(a=0.5, b=0.5) == 2
    assert switches_after(b=1.0) == 3
    assert switches_after(b=1.0) == 3


def test_only_recent_models_keep_their_series(metrics: ServiceMetrics) -> None:
    for i in range(30):
        metrics.models.set_models(
            [ServedModel(f"v{i}", "n", "f", 0.75), ServedModel(f"s{i}", "n", "f", None)]
        )
        for version in ("v0", f"v{i}"):
            metrics.count_prediction(label="Junk", model_version=version, duration_s=1)
        metrics.models.compare_shadow(prediction(f"v{i}", "Junk"), prediction(f"s{i}", "Crying"))
        metrics.models.count_shadow("s0", 2, "failed")
    found = samples(metrics)
    shares = {dict(key[1:])["version"]: n for key, n in found.items() if "share" in key[0]}
    assert shares == {"v29": 0.75} | dict.fromkeys(("v27", "s27", "v28", "s28", "s29"), 0.0)
    for name in ("predictions_total", "shadow_clips_total", "shadow_difference_count"):
        seen = {dict(key[1:])["model_version"] for key in found if key[0] == f"vocalbaby_{name}"}
        assert seen <= shares.keys() | {"unknown"}
    labels = (("class", "Junk"), ("model_version", "unknown"))
    assert found["vocalbaby_predictions_total", *labels] == 27


def test_a_model_that_returns_is_counted_again(metrics: ServiceMetrics) -> None:
    for version in ("v", *"abcdef", "v"):  # forgotten meanwhile
        metrics.set_model(version=version, name="n", feature_set="f")
        metrics.count_prediction(label="Junk", model_version=version, duration_s=1)
    labels = (("class", "Junk"), ("model_version", "v"))
    assert samples(metrics)["vocalbaby_predictions_total", *labels] == 1


def test_a_shadow_is_compared_by_label_and_probabilities(metrics: ServiceMetrics) -> None:
    metrics.models.set_models([ServedModel("v", "n", "f", 1.0), ServedModel("s", "n", "f", None)])
    metrics.models.compare_shadow(prediction("v", "Junk", 0.8), prediction("s", "Junk", 0.4))
    metrics.models.compare_shadow(prediction("v", "Junk", 0.8), prediction("s", "Crying", 0.8))
    metrics.models.count_shadow("s", 3, "dropped")
    found = samples(metrics)
    of_s = ("model_version", "s")
    for outcome, count in (("agreed", 1), ("differed", 1), ("dropped", 3), ("failed", 0)):
        assert found["vocalbaby_shadow_clips_total", of_s, ("outcome", outcome)] == count
    # 0.4 and twice 0.2; 0.7 twice; each over three classes
    assert found["vocalbaby_shadow_difference_sum", of_s] == pytest.approx((0.8 + 1.4) / 3)


@pytest.mark.parametrize(
    ("answer", "shadow", "difference"),
    [
        ({"a": 1.0}, {"a": 0.25}, 0.75),
        ({"a": 0.75, "b": 0.25}, {"a": 0.75, "b": 0.25}, 0.0),
        ({"a": 0.75, "b": 0.25}, {"a": 0.5, "b": 0.5}, 0.25),
        ({"a": 1.0}, {"b": 1.0}, 1.0),
        ({"a": 0.5, "b": 0.5}, {"b": 0.25, "c": 0.75}, 0.5),
    ],
)
def test_the_difference_of_a_shadow_is_the_mean_over_the_classes_of_either(
    metrics: ServiceMetrics,
    answer: dict[str, float],
    shadow: dict[str, float],
    difference: float,
) -> None:
    metrics.models.set_models([ServedModel("v", "n", "f", 1.0), ServedModel("s", "n", "f", None)])
    metrics.models.compare_shadow(Prediction("Junk", answer, "v"), Prediction("Junk", shadow, "s"))
    found = samples(metrics)
    assert found["vocalbaby_shadow_difference_sum", ("model_version", "s")] == difference
    assert found["vocalbaby_shadow_difference_count", ("model_version", "s")] == 1


def test_a_fault_that_has_ended_is_exported_as_zero(metrics: ServiceMetrics) -> None:
    metrics.models.set_faults(["bundle_checksum", "storage_unavailable"])
    metrics.models.set_faults(["bundle_checksum"])
    found = samples(metrics)
    assert found["vocalbaby_model_fault", ("code", "bundle_checksum")] == 1
    assert found["vocalbaby_model_fault", ("code", "storage_unavailable")] == 0
