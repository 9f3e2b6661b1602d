"""The check of a built site finds broken links and what is loaded from other hosts."""

from pathlib import Path

import pytest

from scripts.docs_site.check import problems


def site(folder: Path, body: str) -> Path:
    (folder / "other").mkdir()
    (folder / "other" / "index.html").write_text('<h1 id="top">Other</h1>', encoding="utf-8")
    (folder / "index.html").write_text(body, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "body",
    [
        '<a href="other/">a</a> <a href="other/#top">b</a> <a href="https://elsewhere.org">c</a>',
        '<p id="here"><a href="#here">a</a> <img src="data:image/png;base64,AA=="></p>',
        '<link rel="canonical" href="https://vocalbaby.github.io/vocalbaby/">',
    ],
)
def test_a_site_without_problems(tmp_path: Path, body: str) -> None:
    assert not list(problems(site(tmp_path, body)))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="missing/">a</a>', "index.html links to missing/, which does not exist."),
        ('<a href="../outside/">a</a>', "index.html links to ../outside/, which does not exist."),
        ('<a href="other/#no">a</a>', "index.html links to other/#no, which does not exist."),
        ('<a href="#no">a</a>', "index.html links to #no, which does not exist."),
        ('<img src="no.png">', "index.html links to no.png, which does not exist."),
        ('<script src="https://cdn.org/a.js"></script>', "index.html loads https://cdn.org/a.js."),
        ('<link rel="stylesheet" href="//f.org/c">', "index.html loads //f.org/c."),
        ('<p style="background: url(http://a.org/b)">', "index.html loads http://a.org/b."),
    ],
)
def test_a_problem_is_found(tmp_path: Path, body: str, problem: str) -> None:
    assert list(problems(site(tmp_path, body))) == [problem]


def test_a_font_from_another_host_is_found(tmp_path: Path) -> None:
    site(tmp_path, "").joinpath("a.css").write_text("@font-face {src: url(https://f.org/a)}")
    assert list(problems(tmp_path)) == ["a.css loads https://f.org/a."]
