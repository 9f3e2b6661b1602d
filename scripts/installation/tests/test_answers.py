"""Answers of installations are compared; metadata that lack something are found."""

import pytest

from scripts.deploy.programs import ScriptError
from scripts.installation.answers import Answer, require_same
from scripts.installation.distributions import missing_metadata
from scripts.installation.environments import constraints

FIRST = Answer("Crying", {"Crying": 0.75, "Junk": 0.25})
COMPLETE = {
    "author": "A",
    "summary": "S",
    "description": "D",
    "keywords": ["k"],
    "project_url": ["Homepage, x"],
    "license_file": ["LICENSE"],
    "license_expression": "Apache-2.0",
    "requires_python": "<3.15,>=3.11",
    "classifier": [f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13, 14)],
}


def test_probabilities_may_differ_by_the_tolerance() -> None:
    near = Answer("Crying", {"Crying": 0.75 + 9e-7, "Junk": 0.25 - 9e-7})
    require_same({"3.11": FIRST, "3.12": near})
    with pytest.raises(ScriptError, match=r"3\.12 says"):
        require_same({"3.11": FIRST, "3.12": near}, tolerance=0)


@pytest.mark.parametrize(
    "other",
    [
        Answer("Junk", FIRST.probabilities),
        Answer("Crying", {"Crying": 0.75}),
        Answer("Crying", {"Crying": 0.75 + 2e-6, "Junk": 0.25}),
        Answer("Crying", {"Crying": float("nan"), "Junk": 0.25}),
    ],
    ids=["label", "classes", "probability", "not a number"],
)
def test_other_answers_are_errors(other: Answer) -> None:
    with pytest.raises(ScriptError, match=r"3\.13 says .*, and 3\.11 says"):
        require_same({"3.11": FIRST, "3.12": FIRST, "3.13": other})


def test_complete_metadata_lack_nothing() -> None:
    assert missing_metadata(COMPLETE) == []
    assert missing_metadata(COMPLETE | {"license_expression": "", "license": "Apache-2.0"}) == []


@pytest.mark.parametrize("name", [*COMPLETE.keys() - {"license_expression", "classifier"}])
def test_what_metadata_lack_is_named(name: str) -> None:
    assert missing_metadata({**COMPLETE, name: ""}) == [name]


def test_every_python_has_its_classifier() -> None:
    assert missing_metadata(COMPLETE | {"classifier": COMPLETE["classifier"][:-1]}) == [
        "Programming Language :: Python :: 3.14"
    ]
    assert missing_metadata(COMPLETE | {"requires_python": "==3.11.*"}) == ["requires_python"]


def test_constraints_are_the_pins_of_a_lock() -> None:
    lock = "# pinned\nmoto[s3]==5.2 \\\n    --hash=sha256:0\nuvloop==0.22 ; os_name != 'nt' \\\n"
    assert constraints(lock) == "moto[s3]==5.2\nuvloop==0.22\n"
