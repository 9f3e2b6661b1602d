"""The rules in promtool: each alert fires when it should, and not before."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards import alerts, config, generate
from dashboards.tests.cases import CASES, Case
from dashboards.tests.queries import annotations, queries

RULES = sorted((generate.GENERATED / "rules").glob("*.yaml"))
CONFIG = config.load()
ALERTS = [rule for group in alerts.groups(CONFIG).values() for rule in group]


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def expected(case: Case) -> list[dict[str, dict[str, str]]]:
    found = []
    for labels, description in case.expected:
        (rule,) = (
            rule
            for rule in ALERTS
            if rule.name == case.alert and rule.labels.items() <= labels.items()
        )
        found.append(
            {
                "exp_labels": {"severity": rule.limits.severity, **labels},
                "exp_annotations": {
                    "summary": rule.summary,
                    "description": description,
                    "runbook_url": f"{CONFIG.runbooks}/{rule.name}.md",
                },
            }
        )
    return found


def alert_tests(case: Case) -> list[dict[str, object]]:
    def alert_test(minute: int, alerts: object) -> dict[str, object]:
        return {"alertname": case.alert, "eval_time": f"{minute}m", "exp_alerts": alerts}

    before = [alert_test(case.at - case.interval, [])] if case.expected and case.begins else []
    return [*before, alert_test(case.at, expected(case))]


def test_the_rules_are_well_formed():
    promtool("check", "rules", *RULES)


def test_every_expression_of_the_dashboards_parses(tmp_path):
    rules: list[dict[str, str]] = []
    for name in generate.DASHBOARDS:
        path = generate.GENERATED / f"grafana/dashboards/{name}.json"
        dashboard = json.loads(path.read_text(encoding="utf-8"))
        for query in (*queries(dashboard), *annotations(dashboard)):
            rules.append({"record": f"panel{len(rules)}", "expr": query.expr})
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", file)
    assert len(rules) > 60


def run_promtool_tests(file: Path, minutes: int, tests: list[Any]) -> None:
    content = {
        "rule_files": [str(path.resolve()) for path in RULES],
        "evaluation_interval": f"{minutes}m",
        # The order of groups is otherwise undefined, and alerts would see either the current or
        # the previous recorded values.
        "group_eval_order": ["vocalbaby-recording", *alerts.groups(CONFIG)],
        "tests": tests,
    }
    file.write_text(yaml.safe_dump(content))
    promtool("test", "rules", file)


@pytest.mark.parametrize("interval", sorted({case.interval for case in CASES}))
def test_every_alert_fires_when_it_should_and_not_before(tmp_path, interval):
    tests = [
        {
            "name": f"{case.alert}: {case.why}",
            "interval": f"{interval}m",
            "input_series": [
                {"series": series, "values": values} for series, values in case.series.items()
            ],
            "alert_rule_test": alert_tests(case),
        }
        for case in CASES
        if case.interval == interval
    ]
    run_promtool_tests(tmp_path / "tests.yaml", interval, tests)


def test_the_ratio_of_failed_requests_is_zero_not_missing_while_none_fails(tmp_path):
    name = "vocalbaby:failed_requests:ratio_rate5m"
    sample_test = {
        "expr": name,
        "eval_time": "5m",
        "exp_samples": [{"labels": f'{{__name__="{name}"}}', "value": 0}],
    }
    series = 'vocalbaby_requests_total{job="vocalbaby", route="/predict", status="200"}'
    test = {
        "interval": "1m",
        "input_series": [{"series": series, "values": "0+9x9"}],
        "promql_expr_test": [sample_test],
    }
    run_promtool_tests(tmp_path / "tests.yaml", 1, [test])


def test_every_query_of_the_runbooks_parses(tmp_path):
    found = [
        expr
        for page in sorted(Path("docs/runbooks").glob("*.md"))
        for expr in re.findall(r"```promql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    rules = [{"record": f"page{number}", "expr": expr} for number, expr in enumerate(found)]
    file = tmp_path / "pages.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "pages", "rules": rules}]}))
    promtool("check", "rules", file)
    assert len(rules) > 25
