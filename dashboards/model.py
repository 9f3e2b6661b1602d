"""Dashboard: which models answer, what they say, how sure they are, canary against current."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.board import INSTANCE, VERSION, Section, board
from dashboards.config import MonitoringConfig
from dashboards.panels import (
    BAD,
    About,
    Panel,
    Target,
    bars,
    density,
    lines,
    number,
    states,
)
from dashboards.promql import quantile, select

__all__ = ["build"]

_RATE: Final = "$__rate_interval"
_ABSTAINED: Final = 'class="abstained"'
_HELD: Final = 'version=~"$version"'
_STATES: Final = {"1": ("held", "green"), "0": ("gone", "transparent")}
_FAULTS: Final = {"1": ("fault", BAD), "0": ("none", "green")}
_MODEL_ALERTS: Final = ("VocalBabyModelRefused", "VocalBabyStoreFault")


def build(config: MonitoringConfig) -> Dashboard:
    """The dashboard."""
    match = (f'job="{config.job}"', INSTANCE)
    return board(
        config,
        "Model",
        "Which models answer, what they say, how sure they are, and a canary beside the"
        " current model.",
        [
            Section("", _now(config, match)),
            Section("Predictions", _predictions(config, match)),
            Section("Versions: canary against current", _versions(match)),
            Section("Confidence and warnings", _confidence(match)),
            Section("Shadow", _shadow(match)),
            Section("Faults and switches", _faults(match)),
        ],
        variables=["instance", "version"],
    )


def _clips(match: tuple[str, ...], *more: str) -> str:
    return select("predictions_total", *match, VERSION, *more)


def _abstained(match: tuple[str, ...], by: str = "") -> str:
    """Share of the clips without a label."""
    part = f"sum{by} (rate({_clips(match, _ABSTAINED)}[{_RATE}]))"
    return f"{part} / sum{by} (rate({_clips(match)}[{_RATE}]))"


def _now(config: MonitoringConfig, match: tuple[str, ...]) -> list[Panel]:
    limit = ((config.alerts.abstentions.share, BAD),)
    confidence = select("confidence_bucket", *match, VERSION)
    info = select("model_info", *match, _HELD)
    return [
        number(
            About(
                "Models in memory",
                "Versions that any instance answers with, or compares with as a shadow.",
                "short",
                8,
                _MODEL_ALERTS,
            ),
            Target(f"max by (version) ({info}) == 1", "{{version}}"),
            named=True,
        ),
        number(
            About("Clips", "Clips answered per second.", "suffix: clips/s", 4),
            Target(f"sum(rate({_clips(match)}[{_RATE}]))", "clips"),
        ),
        number(
            About(
                "Without a label",
                "Share of the clips that the model did not label: unlike its training data, or"
                " not confident.",
                "percentunit",
                4,
                ("VocalBabyAbstentionsHigh",),
                limit,
            ),
            Target(_abstained(match), "abstained"),
        ),
        number(
            About(
                "Median confidence",
                "Half of the clips got a most probable class with less than this probability.",
                "percentunit",
                4,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(quantile(0.5, confidence), "median"),
        ),
        number(
            About(
                "Lasting faults",
                "Causes for which an instance cannot follow the model store. Above 0 the"
                " former models go on answering.",
                "short",
                4,
                _MODEL_ALERTS,
                ((1, BAD),),
            ),
            Target(f"sum({select('model_fault', *match)}) or vector(0)", "faults"),
        ),
    ]


def _predictions(config: MonitoringConfig, match: tuple[str, ...]) -> list[Panel]:
    limit = ((config.alerts.abstentions.share, BAD),)
    durations = select("clip_duration_seconds_bucket", *match)
    return [
        lines(
            About(
                "Clips by class",
                "Clips answered per second, by label. 'abstained' got none.",
                "suffix: clips/s",
                8,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(f"sum by (class) (rate({_clips(match)}[{_RATE}]))", "{{class}}"),
            stacked=True,
        ),
        lines(
            About(
                "Share without a label",
                "By model version. It rises when recordings change: look at the drift"
                " dashboard. The line is the alert's.",
                "percentunit",
                8,
                ("VocalBabyAbstentionsHigh", "VocalBabyDrift"),
                limit,
            ),
            Target(_abstained(match, " by (model_version)"), "{{model_version}}"),
        ),
        density(
            About(
                "Clip durations",
                "Clips per second by their length. A new band means that clients cut their"
                " recordings differently.",
                "s",
                8,
                ("VocalBabyDrift",),
            ),
            f"sum by (le) (rate({durations}[{_RATE}]))",
        ),
    ]


def _versions(match: tuple[str, ...]) -> list[Panel]:
    clips = f"sum by (model_version) (rate({_clips(match)}[{_RATE}]))"
    ranged = f"increase({_clips(match)}[$__range])"
    confidence = select("confidence_bucket", *match, VERSION)
    return [
        lines(
            About(
                "Share meant for each version",
                "What the channel says. A canary has a small share, a shadow has none.",
                "percentunit",
                8,
                _MODEL_ALERTS,
            ),
            Target(f"max by (version) ({select('model_share', *match, _HELD)})", "{{version}}"),
        ),
        lines(
            About(
                "Share answered by each version",
                "Share of the clips. It follows the meant share; clients with several clips"
                " keep to one version, so it is not exact.",
                "percentunit",
                8,
                _MODEL_ALERTS,
            ),
            Target(f"{clips} / on () group_left () sum({clips})", "{{model_version}}"),
        ),
        states(
            About(
                "Versions held",
                "When each version was held in memory by any instance.",
                "short",
                8,
                _MODEL_ALERTS,
            ),
            Target(f"max by (version) ({select('model_info', *match, _HELD)})", "{{version}}"),
            words=_STATES,
        ),
        bars(
            About(
                "Classes by version",
                "Share of each class among a version's clips, over the time shown. Canary and"
                " current get the same kind of clips, so their bars should agree.",
                "percentunit",
                12,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(
                f"sum by (class, model_version) ({ranged})"
                f" / on (model_version) group_left () (sum by (model_version) ({ranged}) > 0)",
                "{{class}}, {{model_version}}",
            ),
        ),
        lines(
            About(
                "Median confidence by version",
                "A canary that is less sure than the current model on the same kind of clips"
                " is probably worse.",
                "percentunit",
                12,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(quantile(0.5, confidence, by="model_version"), "{{model_version}}"),
        ),
    ]


def _confidence(match: tuple[str, ...]) -> list[Panel]:
    confidence = select("confidence_bucket", *match, VERSION)
    warnings = select("clip_warnings_total", *match)
    return [
        density(
            About(
                "Confidence distribution",
                "Clips per second by probability of the most probable class. Mass that moves"
                " down: the model is less sure of what it hears.",
                "percentunit",
                12,
                ("VocalBabyAbstentionsHigh", "VocalBabyDrift"),
            ),
            f"sum by (le) (rate({confidence}[{_RATE}]))",
        ),
        lines(
            About(
                "Warnings",
                "Warnings given with answers, per second. 'unlike_training': outside of what"
                " the model knows. 'not_confident': no class is probable enough.",
                "ops",
                12,
                ("VocalBabyAbstentionsHigh", "VocalBabyDrift"),
            ),
            Target(f"sum by (code) (rate({warnings}[{_RATE}])) > 0", "{{code}}"),
        ),
    ]


def _shadow(match: tuple[str, ...]) -> list[Panel]:
    clips = select("shadow_clips_total", *match, VERSION)
    judged = 'outcome=~"agreed|differed"'
    differed = select("shadow_clips_total", *match, VERSION, 'outcome="differed"')
    compared = select("shadow_clips_total", *match, VERSION, judged)
    difference = select("shadow_difference_bucket", *match, VERSION)
    return [
        lines(
            About(
                "Shadow clips",
                "Clips that a shadow model was given, per second. 'dropped': it was too slow;"
                " 'failed': it raised an error.",
                "suffix: clips/s",
                8,
                _MODEL_ALERTS,
            ),
            Target(
                f"sum by (model_version, outcome) (rate({clips}[{_RATE}]))",
                "{{model_version}} {{outcome}}",
            ),
        ),
        lines(
            About(
                "Shadow says otherwise",
                "Share of the clips to which the shadow gives another label than the answer.",
                "percentunit",
                8,
                _MODEL_ALERTS,
            ),
            Target(
                f"sum by (model_version) (rate({differed}[{_RATE}]))"
                f" / sum by (model_version) (rate({compared}[{_RATE}]))",
                "{{model_version}}",
            ),
        ),
        lines(
            About(
                "Shadow's difference",
                "Mean absolute difference of the probabilities: of half of the clips, and of 95"
                " of 100, it is below.",
                "percentunit",
                8,
                _MODEL_ALERTS,
            ),
            Target(quantile(0.5, difference, by="model_version"), "{{model_version}} median"),
            Target(quantile(0.95, difference, by="model_version"), "{{model_version}} p95"),
        ),
    ]


def _faults(match: tuple[str, ...]) -> list[Panel]:
    refusals, switches = (
        select("model_refusals_total", *match),
        select("model_switches_total", *match),
    )
    return [
        states(
            About(
                "Model faults",
                "While a bar is red the channel cannot be followed for this cause.",
                "short",
                8,
                _MODEL_ALERTS,
            ),
            Target(f"max by (code) ({select('model_fault', *match)})", "{{code}}"),
            words=_FAULTS,
        ),
        lines(
            About(
                "Refusals",
                "Failed attempts per minute to follow the store or take a model from it.",
                "cpm",
                8,
                _MODEL_ALERTS,
            ),
            Target(f"sum by (code) (rate({refusals}[{_RATE}])) * 60", "{{code}}"),
        ),
        lines(
            About(
                "Switches",
                "Changes of the models that answer, or of their shares, since each process"
                " began. Each process counts its own.",
                "short",
                8,
                _MODEL_ALERTS,
            ),
            Target(switches, "{{instance}}"),
        ),
    ]
