"""Names of versions, their pages on GitHub, and their wheels."""

import hashlib
import os

from tests.delivery.commands import stand_in
from tests.delivery.release.workplace import VERSION, Workplace, commit, git


def test_a_version_names_a_tag_or_a_commit(workplace: Workplace) -> None:
    head = commit(workplace)
    name = "scripts/release_version.sh"
    assert workplace.run(name).stdout == f"{VERSION}-{head}\n"
    git(workplace.root, "tag", f"v{VERSION}")
    assert workplace.run(name).stdout == f"{VERSION}\n"
    git(workplace.root, "tag", "v99.0.0")
    assert "tagged" in workplace.run(name, expect=1).stderr
    git(workplace.root, "tag", "--delete", "v99.0.0", f"v{VERSION}")
    (workplace.root / "new").touch()
    assert "uncommitted changes" in workplace.run(name, expect=1).stderr
    workplace.env["VOCALBABY_RELEASE"] = "trial 1"
    workplace.run(name, expect=1)
    workplace.env["VOCALBABY_RELEASE"] = "trial-1"
    assert workplace.run(name).stdout == "trial-1\n"


def test_only_a_tagged_version_gets_a_github_release(workplace: Workplace) -> None:
    (workplace.root / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- later\n\n"
        f"## [{VERSION}] - 2026-01-01\n\n- now\n\n## [0.0.1]\n"
    )
    calls = stand_in(workplace.programs, "gh", '[[ "$2" != view || -n "${THERE:-}" ]]')
    commit(workplace)
    workplace.run("scripts/release_github.sh", "a.whl")
    assert calls.read_text() == ""
    git(workplace.root, "tag", f"v{VERSION}")
    workplace.run("scripts/release_github.sh", "a.whl", "b.whl")
    output = " ".join(calls.read_text().split())
    assert output == (
        f"release view v{VERSION} "
        f"release create v{VERSION} --verify-tag --title VocalBaby {VERSION} --notes - now "
        "a.whl b.whl"
    )
    calls.write_text("")
    workplace.env["THERE"] = "1"
    workplace.run("scripts/release_github.sh", "a.whl")
    did = calls.read_text().splitlines()
    assert did == [f"release view v{VERSION}", f"release upload v{VERSION} --clobber a.whl"]


def test_a_version_without_changelog_gets_no_github_release(workplace: Workplace) -> None:
    (workplace.root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- later\n")
    calls = stand_in(workplace.programs, "gh", "")
    commit(workplace)
    git(workplace.root, "tag", f"v{VERSION}")
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


def test_only_a_tagged_version_is_published(workplace: Workplace) -> None:
    calls = stand_in(workplace.root / "scripts", "uv.sh", "")
    commit(workplace)
    workplace.run("scripts/release_index.sh", expect=2)
    done = workplace.run("scripts/release_index.sh", "a.whl")
    assert "is not a tagged version" in done.stderr
    assert calls.read_text() == ""
    git(workplace.root, "tag", f"v{VERSION}")
    workplace.run("scripts/release_index.sh", "a.whl", "b.tar.gz")
    assert calls.read_text() == "publish --trusted-publishing always a.whl b.tar.gz\n"


def test_wheels_of_this_linux_are_replaced_by_portable_ones(workplace: Workplace) -> None:
    dist = workplace.root / "dist"
    dist.mkdir()
    for name in ("a-1-cp311-abi3-linux_x86_64.whl", "b-1-py3-none-any.whl"):
        (dist / name).touch()
    stand_in(workplace.root / "scripts", "tool.sh", f"echo {workplace.programs}")
    calls = stand_in(
        workplace.programs, "auditwheel", "touch dist/a-1-cp311-abi3-manylinux_2_17_x86_64.whl"
    )
    workplace.run("scripts/repair_wheels.sh")
    assert calls.read_text() == "repair --wheel-dir dist dist/a-1-cp311-abi3-linux_x86_64.whl\n"
    assert sorted(path.name for path in dist.iterdir()) == [
        "a-1-cp311-abi3-manylinux_2_17_x86_64.whl",
        "b-1-py3-none-any.whl",
    ]
    workplace.run("scripts/repair_wheels.sh")
    assert len(calls.read_text().splitlines()) == 1
