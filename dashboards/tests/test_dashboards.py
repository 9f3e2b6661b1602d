"""The generated dashboards: their JSON, layout, descriptions, queries and links."""

import json
import re

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import alerts, config, generate, rules
from dashboards.__main__ import main
from dashboards.promql import expand, metric_names, selectors
from dashboards.tests.queries import annotations, panels, queries, variables
from vocalbaby.monitoring.metrics import METRICS

CONFIG = config.load()
FILES = generate.files(CONFIG)
DASHBOARDS = {
    name: json.loads(FILES[f"grafana/dashboards/{name}.json"]) for name in generate.DASHBOARDS
}
ALERTS = {rule.name for group in alerts.groups(CONFIG).values() for rule in group}
every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)


def test_the_committed_files_are_up_to_date():
    committed = {
        file.relative_to(generate.GENERATED).as_posix(): file.read_text(encoding="utf-8")
        for file in generate.GENERATED.rglob("*")
        if file.is_file()
    }
    assert committed == FILES, "run ./pants run dashboards"


def test_the_command_writes_only_the_files_that_changed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["dashboards", "--out", str(tmp_path)])
    main()
    assert set(capsys.readouterr().out.split()) == {str(tmp_path / path) for path in FILES}
    modified = tmp_path / "rules/alerts.yaml"
    modified.write_text("groups: []\n", encoding="utf-8")
    assert generate.write(CONFIG, tmp_path) == [modified]
    assert modified.read_text(encoding="utf-8") == FILES["rules/alerts.yaml"]
    assert generate.write(CONFIG, tmp_path) == []


def round_trip(dashboard):
    register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))


@every_dashboard
def test_grafanas_own_types_know_every_key(dashboard):
    assert round_trip(dashboard) == dashboard


@pytest.mark.parametrize("key", ["refresh", "unit", "legendFormat", "thresholds", "iconColor"])
def test_a_misspelt_key_does_not_survive_the_round_trip(key):
    text = json.dumps(DASHBOARDS["service"])
    assert f'"{key}"' in text
    misspelt = json.loads(text.replace(f'"{key}"', f'"{key}x"', 1))
    assert round_trip(misspelt) != misspelt


@every_dashboard
def test_ids_and_titles_are_unique(dashboard):
    for key in ("id", "title"):
        found = [panel[key] for panel in panels(dashboard)]
        assert len(found) == len(set(found))


def test_the_id_of_a_panel_does_not_depend_on_other_panels():
    ids = {panel["title"]: panel["id"] for panel in panels(DASHBOARDS["service"])}
    assert ids["Error ratio"] == 728950
    assert ids["Memory"] == 861187


@every_dashboard
def test_panels_fill_rows_of_24_columns_without_overlap(dashboard):
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        grid = panel["gridPos"]
        cells = {
            (grid["x"] + dx, grid["y"] + dy) for dx in range(grid["w"]) for dy in range(grid["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    height = 1 + max(y for _, y in taken)
    assert taken == {(x, y) for x in range(24) for y in range(height)}


@every_dashboard
def test_every_panel_has_a_unit_and_a_description(dashboard):
    for panel in panels(dashboard):
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert len(panel["description"].split()) >= 4, panel["title"]
        assert panel["description"].endswith("."), panel["title"]


@every_dashboard
def test_variables_are_defined_and_used(dashboard):
    found = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert {"datasource", "runbooks", "instance"} <= found.keys()
    for name in found:
        assert re.search(rf"\${name}\b|\$\{{{name}\}}", json.dumps(dashboard)), name
    for variable in variables(dashboard):
        assert found[variable.name]["multi"]
        assert found[variable.name]["includeAll"]
        metric = variable.match.split("{")[0]
        spec = next(spec for spec in METRICS.values() if spec.name == metric)
        assert variable.label in (*spec.labels, "instance")


def series_of(expr):
    """Yield the metrics of an expression with the labels in their selectors."""
    bare = re.sub(r'"[^"]*"', '""', expr)
    for name, matchers in re.findall(r"((?:vocalbaby|process)[\w:]*|\bup\b)(\{[^}]*\})?", bare):
        yield name, set(re.findall(r"(\w+)(?==|!)", matchers))


def expressions():
    for name, dashboard in DASHBOARDS.items():
        for query in (*queries(dashboard), *annotations(dashboard)):
            yield pytest.param(query.expr, id=f"{name}: {query.panel}")
    for path in (rules.alert_rules, rules.recording_rules):
        for group in path(CONFIG)["groups"]:
            for rule in group["rules"]:
                yield pytest.param(rule["expr"], id=rule.get("alert") or rule["record"])


@pytest.mark.parametrize("expr", list(expressions()))
def test_every_selector_names_a_metric_and_its_labels(expr):
    specs = {spec.name: spec for spec in METRICS.values()}
    recorded = {rule["record"] for rule in rules.recording_rules(CONFIG)["groups"][0]["rules"]}
    found = list(series_of(expr))
    assert found
    for name, labels in found:
        assert name in metric_names() | recorded
        spec = specs.get(name) or specs.get(re.sub("_(bucket|sum|count)$", "", name))
        own = {*spec.labels, "le"} if spec else set()
        assert labels <= {"job", "instance", *own}, name


def test_rejects_a_metric_that_does_not_exist():
    with pytest.raises(ValueError, match=r"vocalbaby_queue_clip$"):
        expand('vocalbaby_queue_clip{job="vocalbaby_x"}', {})
    assert expand("vocalbaby_queue_clips{%(job)s}", selectors(CONFIG)) == (
        'vocalbaby_queue_clips{job="vocalbaby"}'
    )


def test_the_labels_of_a_selector_are_found():
    assert [*series_of('rate(vocalbaby_x{a="{b}", le!~"c"}[5m])')] == [("vocalbaby_x", {"a", "le"})]


@every_dashboard
def test_every_legend_uses_labels_that_the_query_keeps(dashboard):
    for query in queries(dashboard):
        kept = re.findall(r"\bby \(([^)]*)\)", query.expr)
        labels = {name.strip() for group in kept for name in group.split(",")}
        if not kept:  # without aggregation, the instance is kept
            labels = {"instance"}
        assert query.labels <= labels, query


def test_panels_link_to_the_runbook_of_every_alert_and_to_nothing_else():
    links = {
        link["url"]
        for dashboard in DASHBOARDS.values()
        for panel in panels(dashboard)
        for link in panel.get("links", [])
    }
    assert links == {f"${{runbooks}}/{name}.md" for name in ALERTS}
