"""Names of versions, their pages on GitHub, and their wheels."""

import hashlib
import os
import re
from pathlib import Path

from tests.delivery.commands import stand_in
from tests.delivery.release.workplace import Workplace, commit, git


def test_a_version_names_a_tag_or_a_commit(workplace: Workplace) -> None:
    version = re.search(r'VERSION = "(.+)"', Path("build-support/macros.py").read_text())
    assert version
    head = commit(workplace)
    name = "scripts/release_version.sh"
    assert workplace.run(name).stdout == f"{version[1]}-{head}\n"
    git(workplace.root, "tag", f"v{version[1]}")
    assert workplace.run(name).stdout == f"{version[1]}\n"
    git(workplace.root, "tag", "v99.0.0")
    assert "tagged" in workplace.run(name, expect=1).stderr
    git(workplace.root, "tag", "--delete", "v99.0.0", f"v{version[1]}")
    (workplace.root / "new").touch()
    assert "uncommitted changes" in workplace.run(name, expect=1).stderr
    workplace.env["VOCALBABY_RELEASE"] = "trial 1"
    workplace.run(name, expect=1)
    workplace.env["VOCALBABY_RELEASE"] = "trial-1"
    assert workplace.run(name).stdout == "trial-1\n"


def test_only_a_tagged_version_gets_a_github_release(workplace: Workplace) -> None:
    (workplace.root / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- later\n\n"
        "## [0.1.0] - 2026-01-01\n\n- now\n\n## [0.0.1]\n"
    )
    calls = stand_in(workplace.programs, "gh", '[[ "$2" != view || -n "${THERE:-}" ]]')
    commit(workplace)
    workplace.run("scripts/release_github.sh", "a.whl")
    assert calls.read_text() == ""
    git(workplace.root, "tag", "v0.1.0")
    workplace.run("scripts/release_github.sh", "a.whl", "b.whl")
    output = " ".join(calls.read_text().split())
    assert output == (
        "release view v0.1.0 "
        "release create v0.1.0 --verify-tag --title VocalBaby 0.1.0 --notes - now a.whl b.whl"
    )
    calls.write_text("")
    workplace.env["THERE"] = "1"
    workplace.run("scripts/release_github.sh", "a.whl")
    did = calls.read_text().splitlines()
    assert did == ["release view v0.1.0", "release upload v0.1.0 --clobber a.whl"]


def test_a_version_without_changelog_gets_no_github_release(workplace: Workplace) -> None:
    (workplace.root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- later\n")
    calls = stand_in(workplace.programs, "gh", "")
    commit(workplace)
    git(workplace.root, "tag", "v0.1.0")
    workplace.run("scripts/release_github.sh", "a.whl", expect=1)
    assert calls.read_text() == ""


def test_only_the_wheels_of_this_build_are_listed(workplace: Workplace) -> None:
    dist = workplace.root / "dist"
    dist.mkdir()
    (dist / "old-0.0.1.whl").touch()
    (workplace.root / "pants").write_text(
        '#!/usr/bin/env bash\necho "$*" >&2; echo new >dist/new-0.1.0.whl; touch dist/new.tar.gz\n'
    )
    done = workplace.run("scripts/release_wheels.sh")
    assert done.stderr == "--filter-target-type=python_distribution package ::\n"
    assert (
        done.stdout
        == f"{hashlib.sha256(b'new' + os.linesep.encode()).hexdigest()}  new-0.1.0.whl\n"
    )
