"""The page and the LaTeX table of a comparison."""

import doctest
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from packages.core.tests.comparison.sample_results import EXPERIMENTS, write_sample
from vocalbaby.comparison import reasons, report
from vocalbaby.comparison.reasons import explain
from vocalbaby.comparison.report import write_report

MODULES = [reasons, *(m for m in vars(report).values() if isinstance(m, ModuleType))]
VOID = {"meta", "br", "wbr", "line", "circle", "rect"}
HOSTILE = '<script>alert("1")</script>'


class Page(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_sample(tmp_path_factory.mktemp("results"))
    explain(folder)
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> Page:
    return Page((results / "report.html").read_text(encoding="utf-8"))


def attributes(page: Page, tag: str) -> list[dict[str, str | None]]:
    return [found for name, found in page.elements if name == tag]


def test_the_page_is_well_formed(page: Page) -> None:
    assert page.open == []
    names = [found.get("id") for _, found in page.elements if found.get("id")]
    assert len(names) == len(set(names))
    assert {f"#{name}" for name in names} == {each["href"] for each in attributes(page, "a")}


def test_the_page_requests_nothing_and_runs_nothing(page: Page, results: Path) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.elements}
    for _, found in page.elements:
        assert not {name for name in found if name.startswith("on") or name in {"src", "srcset"}}
    text = (results / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import", text)
    assert "default-src 'none'" in text


def test_plots_and_tables_can_be_read_aloud(page: Page) -> None:
    plots = attributes(page, "svg")
    assert len(plots) > 25
    for found in plots:
        assert found.get("aria-hidden") == "true" or (
            found["role"] == "img" and len(found["aria-label"] or "") > 10
        )
    assert attributes(page, "th")
    assert all(found.get("scope") in {"col", "row"} for found in attributes(page, "th"))
    assert len(attributes(page, "caption")) == len(attributes(page, "table")) >= 12


def test_the_answer_comes_first(results: Path) -> None:
    text = (results / "report.html").read_text(encoding="utf-8")
    body = text.partition("<body>")[2]
    answer = body.index("The model to take")
    for later in ("Be careful", "All experiments", "<table"):
        assert answer < body.index(later)
    for section in (
        "Classes",
        "Probabilities",
        "More children",
        "Flat or hier",
        "Corpora",
        "For a",
    ):
        assert f"<h2>{section}" in text
    assert "vocalbaby-serve" in text
    assert text.count('class="chosen"') == 3


def test_every_experiment_is_in_the_plot(results: Path) -> None:
    text = (results / "report.html").read_text(encoding="utf-8")
    labels = re.findall(r'<span class="mark"><svg [^>]*aria-label="([^,]+), test: 0', text)
    assert sorted(labels) == sorted("/".join(each) for each in EXPERIMENTS)


def test_the_same_results_give_the_same_bytes(results: Path, tmp_path: Path) -> None:
    again = write_sample(tmp_path)
    explain(again)
    write_report(again)
    for name in ("report.html", "table.tex", "summary.json"):
        assert (again / name).read_bytes() == (results / name).read_bytes()
    assert not [path for path in again.iterdir() if path.name.endswith(".new")]


def test_the_date_is_that_of_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert explain(tmp_path).date == "1970-01-01"
    write_report(tmp_path)
    assert "1970-01-01" in (tmp_path / "report.html").read_text(encoding="utf-8")
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert explain(tmp_path).date is None


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    write_sample(tmp_path, {(HOSTILE, "svm", "flat"): 0.5, (r"a_b\input{x}&", "mlp", "flat"): 0.4})
    for name in ("corpora.csv", "classes.csv", "findings.csv"):
        path = tmp_path / name
        hostile = HOSTILE.replace('"', '""')
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub("Casillas-Yélî|Laughing", hostile, text), encoding="utf-8")
    path = tmp_path / "confusions.json"
    text = path.read_text(encoding="utf-8").replace("Laughing", HOSTILE.replace('"', r"\""))
    path.write_text(text, encoding="utf-8")
    explain(tmp_path)
    write_report(tmp_path)
    found = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert found.open == []
    assert "script" not in {tag for tag, _ in found.elements}
    table = (tmp_path / "table.tex").read_text(encoding="utf-8")
    assert r"a\_b\textbackslash{}input\{x\}\&" in table
    assert r"\input" not in table


def test_a_report_without_the_optional_tables(tmp_path: Path) -> None:
    write_sample(tmp_path, optional=False)
    explain(tmp_path)
    write_report(tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "More children" not in text
    assert "<h2>Corpora" not in text
    for name in ("classes.csv", "differences.csv", "reliability.csv", "confusions.json"):
        (tmp_path / name).unlink()
    explain(tmp_path)
    write_report(tmp_path)
    assert Page((tmp_path / "report.html").read_text(encoding="utf-8")).open == []


def test_the_table_is_latex_with_the_best_in_bold(results: Path) -> None:
    lines = (results / "table.tex").read_text(encoding="utf-8").splitlines()
    text = "\n".join(lines)
    begins, ends = (re.findall(rf"\\{name}\{{(\w+)\}}", text) for name in ("begin", "end"))
    assert begins == ends[::-1] == ["table", "tabular"]
    rows = lines[lines.index(r"    \midrule") + 1 : lines.index(r"    \bottomrule")]
    assert len(rows) == len(EXPERIMENTS)
    columns = [row.removesuffix(r" \\").split(" & ") for row in rows]
    assert {len(cells) for cells in columns} == {7}
    for place in range(3, 7):
        values = [float(re.findall(r"\d\.\d+", cells[place])[0]) for cells in columns]
        best = (min if place == 6 else max)(values)
        bold = [r"\textbf" in cells[place] for cells in columns]
        assert any(bold)
        assert all(value == best for value, own in zip(values, bold, strict=True) if own)
        assert all(re.search(r"\[0\.\d{3}, 0\.\d{3}\]", cells[place]) for cells in columns)
    assert text.count("{") == text.count("}")
    assert r"95\,\%" in text


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_of_the_docstrings_give_what_they_show(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.failed == 0
    assert found.attempted or module.__name__.endswith("style")
