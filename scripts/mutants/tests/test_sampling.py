"""Which files, places and tests are chosen."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from scripts.mutants.sampling import Mutation, changed_files, default_revision, sample, sources
from scripts.mutants.suites import suites


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    for name in ("a/src/vocalbaby/x/one.py", "a/src/vocalbaby/x/two.py", "a/tests/x/test_one.py"):
        path = tmp_path / "packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("n = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_changed_and_new_files_are_found(repository: Path) -> None:
    first = default_revision(repository)
    assert first == git(repository, "rev-parse", "HEAD")
    assert changed_files(repository, first) == []
    source = repository / "packages/a/src/vocalbaby/x"
    (source / "one.py").write_text("n = 2\n")
    (source / "two.py").unlink()
    git(repository, "commit", "-qam", "second")
    (source / "three.py").write_text("n = 3\n")
    (source / "notes.txt").write_text("n = 3\n")
    assert {path.name for path in changed_files(repository, first)} == {"one.py", "three.py"}
    git(repository, "tag", "v1")
    assert default_revision(repository) == "v1"
    assert [path.name for path in changed_files(repository, "v1")] == ["three.py"]


def test_sources_are_those_of_distributions(repository: Path) -> None:
    found = sources(repository, [Path("packages"), Path("packages/a/src/vocalbaby/x/one.py")])
    assert [path.name for path in found] == ["one.py", "two.py"]
    with pytest.raises(FileNotFoundError, match="there is no packages/b"):
        sources(repository, [Path("packages/b")])


def test_tests_are_the_nearest_and_then_those_of_the_package(tmp_path: Path) -> None:
    for name in ("core/tests/a/b", "core/tests/a/test_c.py", "drift/tests/drift", "api/tests/x"):
        (tmp_path / "packages" / name).mkdir(parents=True)

    def found(name: str) -> list[str]:
        return [str(path)[9:] for path in suites(tmp_path, Path("packages", name))]

    assert found("core/src/vocalbaby/a/b/d.py") == ["core/tests/a/b", "core/tests/a"]
    assert found("core/src/vocalbaby/a/c.py") == ["core/tests/a/test_c.py", "core/tests/a"]
    assert found("core/src/vocalbaby/e/f.py") == ["core/tests"]
    assert found("drift/src/vocalbaby/monitoring/drift/g.py") == ["drift/tests/drift"]
    assert found("api/src/vocalbaby/cli.py") == ["api/tests"]
    with pytest.raises(ValueError, match="not a source file"):
        found("core/tests/a/test_c.py")


def mutation(line: int, operator: str) -> Mutation:
    return Mutation(Path("a.py"), line, 0, operator, 0)


def test_a_sample_has_one_mutation_of_a_line_and_is_that_of_the_seed() -> None:
    every = [mutation(line, f"{i}") for line in range(20) for i in range(1 + 9 * (line == 0))]
    drawn = [sample(every, 5, seed, lambda _: True) for seed in range(200)]
    assert drawn[3] == sample(reversed(every), 5, 3, lambda _: True)
    assert drawn[3] != drawn[4]
    assert all(len({one.line for one in some}) == 5 for some in drawn)
    lines = Counter(one.line for some in drawn for one in some)
    assert len(lines) == 20
    assert lines[0] < 90  # 50 are expected
    assert len({one.operator for some in drawn for one in some if one.line == 0}) > 5
    assert len(sample(every, 100, 0, lambda _: True)) == 20


def test_other_mutations_replace_those_that_are_no_programs() -> None:
    every = [mutation(line, "a") for line in range(20)]
    drawn = sample(every, 5, 0, lambda one: one.line % 2 == 0)
    assert len(drawn) == 5
    assert all(one.line % 2 == 0 for one in drawn)
