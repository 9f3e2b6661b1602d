"""Extraction of queries and variables from a dashboard."""

import pytest

from dashboards.tests.queries import Query, Variable, annotations, queries, variables


def dashboard(*exprs, legend="{{route}} {{ status }}"):
    targets = [{"expr": expr, "legendFormat": legend} for expr in exprs]
    return {
        "panels": [
            {"type": "row", "title": "Row", "panels": [{"type": "stat", "title": "In a row"}]},
            {"type": "timeseries", "title": "Requests", "targets": targets},
        ],
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus"},
                {
                    "name": "instance",
                    "type": "query",
                    "query": 'label_values(up{job="a, b"}, instance)',
                    "allValue": ".*",
                },
            ]
        },
        "annotations": {
            "list": [{"name": "New", "expr": 'a{i=~"$instance"}', "titleFormat": "{{version}}"}]
        },
    }


def test_variables_and_intervals_are_interpolated():
    expr = 'sum by (route) (rate(a{i=~"$instance", j=~"${instance:regex}"}[$__rate_interval]))'
    assert queries(dashboard(expr)) == [
        Query(
            "Requests",
            'sum by (route) (rate(a{i=~".*", j=~".*"}[1m]))',
            frozenset({"route", "status"}),
            "{{route}} {{ status }}",
            instant=False,
        )
    ]
    given = queries(dashboard(expr), {"instance": "x:1", "__rate_interval": "20s"})
    assert given[0].expr == 'sum by (route) (rate(a{i=~"x:1", j=~"x:1"}[20s]))'


def test_finds_every_query_of_a_panel():
    found = queries(dashboard("a", "b", legend="total"))
    assert [query.expr for query in found] == ["a", "b"]
    assert {query.labels for query in found} == {frozenset()}


def test_rejects_a_variable_that_the_dashboard_does_not_define():
    with pytest.raises(ValueError, match=r"'Requests' names \$version"):
        queries(dashboard('a{v="$version"}'))


def test_finds_annotations_and_variables():
    assert annotations(dashboard()) == [
        Query("New", 'a{i=~".*"}', frozenset({"version"}), "{{version}}", instant=False)
    ]
    assert variables(dashboard()) == [Variable("instance", 'up{job="a, b"}', "instance")]
