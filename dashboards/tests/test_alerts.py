"""The alert rules, their runbooks, and the limits that they are generated from."""

import inspect
import re
from pathlib import Path

import pytest
import yaml
from starlette.routing import Route

from dashboards import alerts, config, rules
from dashboards.tests.cases import CASES
from vocalbaby.api.app import create_app
from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.metrics import METRICS

CONFIG = config.load()
ALERTS = [rule for group in alerts.groups(CONFIG).values() for rule in group]
NAMES = sorted({rule.name for rule in ALERTS})
RUNBOOKS = Path("docs/runbooks")


def test_every_rule_has_a_case_that_fires_and_every_alert_one_that_does_not():
    fired = [(case.alert, labels) for case in CASES for labels, _ in case.expected]
    for rule in ALERTS:
        assert any(
            name == rule.name and rule.labels.items() <= labels.items() for name, labels in fired
        ), rule
    assert {case.alert for case in CASES if not case.expected} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_has_a_runbook_with_the_standard_sections(name):
    page = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")
    assert re.findall("^## (.*)$", page, re.MULTILINE) == [
        "Meaning",
        "Impact",
        "Diagnosis",
        "Mitigation",
    ]
    assert "```" in page.split("## Diagnosis")[1].split("## Mitigation")[0]


def test_every_runbook_belongs_to_an_alert():
    pages = {page.stem for page in RUNBOOKS.glob("*.md")}
    assert pages == {*NAMES, "README"}
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\w+)\.md\)", index) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_queries_of_a_runbook_name_series_that_exist(name):
    page = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    specs = {spec.name for spec in METRICS.values()}
    recorded = {rule["record"] for rule in rules.recording_rules(CONFIG)["groups"][0]["rules"]}
    for found in re.findall(r"\bvocalbaby[_:]\w[\w:]*", page):
        bare = re.sub("_(bucket|sum|count)$", "", found)
        assert {found, bare} & (specs | recorded), found


def test_every_rule_has_a_severity_a_summary_and_a_runbook():
    for group in rules.alert_rules(CONFIG.model_copy(update={"runbooks": "https://x.example"}))[
        "groups"
    ]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"critical", "warning"}
            assert rule["annotations"]["summary"].endswith(".")
            url = f"https://x.example/{rule['alert']}.md"
            assert rule["annotations"]["runbook_url"] == url


def test_the_bounds_are_the_defaults_of_the_service():
    settings = Settings()
    assert CONFIG.bounds.in_flight == settings.max_in_flight
    assert CONFIG.bounds.connections == settings.max_connections
    waiting = inspect.signature(Engine).parameters["max_waiting"].default
    assert CONFIG.bounds.queue_clips == waiting
    assert CONFIG.objectives.latency_seconds in METRICS["latency"].buckets


def test_the_objectives_cover_exactly_the_routes_that_predict():
    app = create_app(Settings())
    routes = {
        (route.path, method)
        for route in app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    work = {path for path, _ in routes if re.fullmatch(CONFIG.routes, path)}
    assert work == {path for path, method in routes if method == "POST"}


def changed(tmp_path, *keys, value=None):
    """A settings file with one key changed, added or removed."""
    table = yaml.safe_load(config.CONFIG.read_text(encoding="utf-8"))
    at = table
    for key in keys[:-1]:
        at = at[key]
    if value is None:
        del at[keys[-1]]
    else:
        at[keys[-1]] = value
    file = tmp_path / "monitoring.yaml"
    file.write_text(yaml.safe_dump(table), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("alerts", "down", "lastin"), "1m", "unknown key 'alerts.down.lastin'"),
        (("alerts", "downs"), {}, "unknown key 'alerts.downs'"),
        (("alerts", "slow"), None, "'alerts.slow': Field required"),
        (("alerts", "down", "severity"), "page", "'alerts.down.severity'"),
        (("alerts", "slow", "window"), "5 minutes", "'alerts.slow.window'"),
        (("objectives", "availability"), 99, "'objectives.availability'"),
        (("bounds", "queue_clips"), 0, "'bounds.queue_clips'"),
        (("routes",), 'a"b', "'routes'"),
    ],
)
def test_rejects_invalid_settings(tmp_path, keys, value, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        config.load(changed(tmp_path, *keys, value=value))


def test_the_environment_overrides_a_limit(monkeypatch):
    monkeypatch.setenv("VOCALBABY_MONITORING__ALERTS__DRIFT_JOB_STALE__HOURS", "2")
    expr = next(
        rule.expr
        for rule in alerts.groups(config.load())["vocalbaby-drift"]
        if rule.labels.get("reason") == "old"
    )
    assert expr.endswith("> 7200")


def leaves(value, path=()):
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def rules_of(path):
    """The rules that are generated from a settings file, without their annotations."""
    read = config.load(path)
    groups = rules.alert_rules(read)["groups"] + rules.recording_rules(read)["groups"]
    return [{**rule, "annotations": None} for group in groups for rule in group["rules"]]


def different(value):
    if isinstance(value, str):
        return {"critical": "warning", "warning": "critical"}.get(value, f"1{value}")
    return value * 0.9 if isinstance(value, float) else value + 1


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        pytest.param(keys, value, id=".".join(map(str, keys)))
        for keys, value in leaves(yaml.safe_load(config.CONFIG.read_text(encoding="utf-8")))
        if keys != ("runbooks",)
    ],
)
def test_every_key_affects_the_rules(tmp_path, keys, value):
    assert rules_of(changed(tmp_path, *keys, value=different(value))) != rules_of(config.CONFIG)
