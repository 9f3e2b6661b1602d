"""The page of figures: complete, without requests, and valid."""

import re
from datetime import datetime
from html.parser import HTMLParser

import numpy as np

from vocalbaby import summary
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.summary import SummaryConfig

VOID = {"meta", "rect", "line"}


class Elements(HTMLParser):
    """Elements and texts of a page; fails where an element is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID or not (self.get_starttag_text() or "").endswith("/>"):
            self.open += [] if tag == "meta" else [tag]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    elements.close()
    assert not elements.open
    return elements


def page(*timelines: Timeline, **options: object) -> str:
    config = SummaryConfig(draws=100)
    return summary.to_html(
        summary.summarize(timelines, config=config, **options)  # type: ignore[arg-type]
    )


def day(name: str = "day1") -> Timeline:
    rng = np.random.default_rng(0)
    cries = [Segment(t, t + 1, "Crying") for t in np.sort(rng.uniform(0, 20_000, 80)).tolist()]
    gap = Segment(7200, 9000, "gap", tier="quality")
    start = datetime(2024, 5, 1, 22, 15)  # noqa: DTZ001 - local time of a recorder
    return Timeline(name, (*cries, gap), 20_000.0, start, Child("c1", age_months=9.0))


def test_a_page_has_drawings_and_figures_with_intervals() -> None:
    elements = parsed(page(day()))
    drawings = [about for tag, about in elements.found if tag == "svg"]
    assert [drawing["role"] for drawing in drawings] == ["img", "img"]
    assert all("day1" in str(drawing["aria-label"]) for drawing in drawings)
    text = " ".join(elements.text)
    assert re.search(r"Cries 80 +\(\d+ to \d+\)", text)
    assert "child c1, 9 months" in text
    assert "no sound" in text
    assert {"23:00", "00:00", "2024-05-02 00:00"} <= {part.strip() for part in elements.text}


def test_a_page_requests_nothing_and_has_no_scripts() -> None:
    text = page(day())
    elements = parsed(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in elements.found}
    assert not any({"src", "href", "onclick"} & set(about) for _, about in elements.found)
    assert not re.search(r"url\(|@import|https?:", text)


def test_names_and_texts_are_escaped() -> None:
    text = page(day('<script>alert("x")</script>'))
    assert "<script" not in text
    parsed(text)


def test_empty_and_short_recordings_and_those_without_a_clock_are_drawn() -> None:
    short = Timeline("short", (Segment(0, 1, "Laughing"),), 100.0)
    long = Timeline("long", (Segment(0, 1, "Laughing"),), 8000.0)
    elements = parsed(page(Timeline("empty"), short, long))
    assert sum(tag == "svg" for tag, _ in elements.found) == 4
    assert {"0 h", "1 h", "2 h"} <= {part.strip() for part in elements.text}


def test_warnings_are_notes() -> None:
    assert "The duration of a is not known" in page(Timeline("a", (Segment(0, 1, "Crying"),)))


def test_colours_are_those_of_the_strip_s_share() -> None:
    segments = Segment(0, 100, "Crying"), Segment(400, 425, "Crying")
    text = page(Timeline("day1", segments, 900.0))
    cells = re.findall(r'class="crying" [^>]*height="26" opacity="([\d.]+)"', text)
    assert cells == ["1.00", "0.57"]
