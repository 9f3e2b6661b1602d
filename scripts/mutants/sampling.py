"""Which files and which of their mutations are tested."""

import itertools
import random
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Mutation", "changed_files", "default_revision", "sample", "sources"]


@dataclass(frozen=True, slots=True, order=True)
class Mutation:
    """One change of one place in a file.

    Attributes:
        path: The file.
        line: Line of the place, from 1.
        column: Column of the place, from 0.
        operator: Name of cosmic-ray's operator.
        occurrence: Which of the operator's mutations of the file it is, from 0.
    """

    path: Path
    line: int
    column: int
    operator: str
    occurrence: int


def sources(root: Path, paths: Sequence[Path]) -> list[Path]:
    """Return the source files of distributions among files and in folders.

    Args:
        root: Folder of the repository.
        paths: Files and folders, relative to ``root``.

    Raises:
        FileNotFoundError: A path does not exist.
    """
    found: set[Path] = set()
    for path in paths:
        if not (root / path).exists():
            raise FileNotFoundError(f"there is no {path}")
        files = [root / path] if (root / path).is_file() else (root / path).rglob("*.py")
        found.update(file.relative_to(root) for file in files)
    return sorted(
        one for one in found if one.match("*.py") and one.parts[2:4] == ("src", "vocalbaby")
    )


def default_revision(root: Path) -> str:
    """Return the last tag, or else the last commit that is a day old, or else the first commit.

    Args:
        root: Folder of the repository.
    """
    tag = _git(root, "tag", "--merged=HEAD", "--sort=-creatordate", "--list", "v*").split()
    old = _git(root, "rev-list", "-1", "--before=24 hours ago", "HEAD").split()
    return (tag or old or _git(root, "rev-list", "--max-parents=0", "HEAD").split())[0]


def changed_files(root: Path, revision: str) -> list[Path]:
    """Return the files that were added or changed since a revision, with those not committed.

    Args:
        root: Folder of the repository.
        revision: Name of a commit.

    Raises:
        subprocess.CalledProcessError: There is no such revision.
    """
    changed = _git(root, "diff", "--name-only", "-z", "--diff-filter=d", revision).split("\0")
    new = _git(root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return [Path(name) for name in (*changed, *new) if name.endswith(".py")]


def sample(
    mutations: Iterable[Mutation], n: int, seed: int, valid: Callable[[Mutation], bool]
) -> list[Mutation]:
    """Draw mutations, at most one of each line.

    Lines are drawn first, so that a number, which can be changed in two ways, is no more probable
    than a condition, and a table of numbers is drawn like other code.

    Args:
        mutations: All mutations.
        n: Number of mutations to draw.
        seed: Seed of the draw.
        valid: Whether a mutation makes a program; called for those that are drawn.

    Returns:
        At most ``n`` mutations, in the order of the draw: the first of them are a fair sample too.
    """
    places: dict[tuple[Path, int], list[Mutation]] = defaultdict(list)
    for one in mutations:
        places[one.path, one.line].append(one)
    rng = random.Random(seed)  # noqa: S311
    lines = sorted(places)
    rng.shuffle(lines)
    drawn = (rng.choice(sorted(places[line])) for line in lines)
    return list(itertools.islice(filter(valid, drawn), n))


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
