"""The dashboards: what Grafana will read, what they ask for, what they say of it."""

import json
import re

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import alerts, config, generate, rules
from dashboards.__main__ import main
from dashboards.promql import metric_names, select
from dashboards.tests.queries import annotations, panels, queries, variables
from vocalbaby.monitoring.metrics import METRICS

CONFIG = config.load()
FILES = generate.files(CONFIG)
BOARDS = {
    name: json.loads(FILES[f"grafana/dashboards/{name}.json"]) for name in generate.DASHBOARDS
}
ALERTS = {rule.name for group in alerts.groups(CONFIG).values() for rule in group}
every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def test_the_committed_files_are_those_that_are_generated_now():
    committed = {
        file.relative_to(generate.GENERATED).as_posix(): file.read_text(encoding="utf-8")
        for file in generate.GENERATED.rglob("*")
        if file.is_file()
    }
    assert committed == FILES, "run ./pants run dashboards"


def test_the_command_writes_what_changed_and_nothing_else(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["dashboards", "--out", str(tmp_path)])
    main()
    assert set(capsys.readouterr().out.split()) == {str(tmp_path / path) for path in FILES}
    spoilt = tmp_path / "rules/alerts.yaml"
    spoilt.write_text("groups: []\n", encoding="utf-8")
    assert generate.write(CONFIG, tmp_path) == [spoilt]
    assert spoilt.read_text(encoding="utf-8") == FILES["rules/alerts.yaml"]
    assert generate.write(CONFIG, tmp_path) == []


def round_trip(board):
    register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(board)))


@every_board
def test_grafanas_own_types_know_every_key(board):
    assert round_trip(board) == board


@pytest.mark.parametrize("key", ["refresh", "unit", "legendFormat", "thresholds", "iconColor"])
def test_a_misspelt_key_does_not_survive_the_round_trip(key):
    text = json.dumps(BOARDS["service"])
    assert f'"{key}"' in text
    misspelt = json.loads(text.replace(f'"{key}"', f'"{key}x"', 1))
    assert round_trip(misspelt) != misspelt


@every_board
def test_ids_and_titles_are_unique(board):
    for key in ("id", "title"):
        found = [panel[key] for panel in panels(board)]
        assert len(found) == len(set(found))


def test_ids_stay_when_other_panels_come():
    ids = {panel["title"]: panel["id"] for panel in panels(BOARDS["service"])}
    assert ids["Failing share"] == 111740
    assert ids["Memory"] == 861187


@every_board
def test_panels_fill_rows_of_24_columns_and_none_covers_another(board):
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + dx, place["y"] + dy)
            for dx in range(place["w"])
            for dy in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    height = 1 + max(y for _, y in taken)
    assert taken == {(x, y) for x in range(24) for y in range(height)}


@every_board
def test_every_panel_has_a_unit_and_says_how_to_read_it(board):
    for panel in panels(board):
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert len(panel["description"].split()) >= 4, panel["title"]
        assert panel["description"].endswith("."), panel["title"]


@every_board
def test_variables_are_offered_and_used(board):
    found = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert {"datasource", "runbooks", "instance"} <= found.keys()
    for name in found:
        assert re.search(rf"\${name}\b|\$\{{{name}\}}", json.dumps(board)), name
    for variable in variables(board):
        assert found[variable.name]["multi"]
        assert found[variable.name]["includeAll"]
        metric = variable.match.split("{")[0]
        spec = next(spec for spec in METRICS.values() if spec.name == metric)
        assert variable.label in (*spec.labels, "instance")


def series_of(expr):
    """The metrics of an expression, with the labels that their selectors name."""
    bare = re.sub(r'"[^"]*"', '""', expr)
    for name, matchers in re.findall(r"((?:vocalbaby|process)[\w:]*|\bup\b)(\{[^}]*\})?", bare):
        yield name, set(re.findall(r"(\w+)(?==|!)", matchers))


def expressions():
    for name, board in BOARDS.items():
        for query in (*queries(board), *annotations(board)):
            yield pytest.param(query.expr, id=f"{name}: {query.panel}")
    for path in (rules.alert_rules, rules.recording_rules):
        for group in path(CONFIG)["groups"]:
            for rule in group["rules"]:
                yield pytest.param(rule["expr"], id=rule.get("alert") or rule["record"])


@pytest.mark.parametrize("expr", list(expressions()))
def test_every_series_exists_with_the_labels_asked_for(expr):
    specs = {spec.name: spec for spec in METRICS.values()}
    recorded = {rule["record"] for rule in rules.recording_rules(CONFIG)["groups"][0]["rules"]}
    found = list(series_of(expr))
    assert found
    for name, labels in found:
        assert name in metric_names() | recorded
        spec = specs.get(name) or specs.get(re.sub("_(bucket|sum|count)$", "", name))
        own = {*spec.labels, "le"} if spec else set()
        assert labels <= {"job", "instance", *own}, name


def test_a_metric_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"vocalbaby_queue_clip$"):
        select("queue_clip")
    assert [*series_of('rate(vocalbaby_x{a="{b}", le!~"c"}[5m])')] == [("vocalbaby_x", {"a", "le"})]


@every_board
def test_every_legend_names_labels_that_the_query_keeps(board):
    for query in queries(board):
        kept = re.findall(r"\bby \(([^)]*)\)", query.expr)
        labels = {name.strip() for group in kept for name in group.split(",")}
        if not kept:  # a selector: every label of its metric, and where it was scraped
            labels = {"instance"}
        assert query.labels <= labels, query


def test_every_alert_is_linked_from_a_panel_and_every_link_leads_to_one():
    links = {
        link["url"]
        for board in BOARDS.values()
        for panel in panels(board)
        for link in panel.get("links", [])
    }
    assert links == {f"${{runbooks}}/{name}.md" for name in ALERTS}
