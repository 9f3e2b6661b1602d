"""Which tests belong to a source file."""

from pathlib import Path

__all__ = ["suites"]


def suites(root: Path, path: Path) -> list[Path]:
    """Return the tests of a source file: its nearest ones, then all of its package.

    The tests of ``packages/DIST/src/vocalbaby/a/b/c.py`` are in ``packages/DIST/tests``:
    ``a/b/test_c.py``, ``a/b`` and ``a``, as far as they exist, or else all of them.

    Args:
        root: Folder of the repository.
        path: Source file, relative to ``root``.

    Returns:
        Paths relative to ``root``; each contains the one before it.

    Raises:
        ValueError: The file is not the source of a distribution.
    """
    if path.parts[:1] != ("packages",) or path.parts[2:4] != ("src", "vocalbaby"):
        raise ValueError(f"{path} is not a source file of a distribution")
    tests = Path(*path.parts[:2], "tests")
    inner = Path(*path.parts[4:])
    # The package `monitoring.drift` is a distribution of its own, whose tests are in tests/drift.
    if path.parts[1] == "drift":
        inner = inner.relative_to("monitoring")
    own = tests / inner.parent / f"test_{inner.name}"
    candidates = [own, *(tests / parent for parent in inner.parents if parent != Path())]
    found = [one for one in candidates if (root / one).exists()]
    return found or [tests]
