"""Where the parts of a ChildProject folder are."""

from pathlib import Path
from typing import Final

__all__ = ["ANNOTATIONS", "INDEX", "RAW", "RECORDINGS", "is_project", "project_of", "set_of"]

#: Table of recordings.
RECORDINGS: Final = "metadata/recordings.csv"
#: Folder of recordings.
RAW: Final = "recordings/raw"
#: Table of the files of all sets of annotations.
INDEX: Final = "metadata/annotations.csv"
#: Folder of the sets of annotations.
ANNOTATIONS: Final = "annotations"


def is_project(folder: str | Path) -> bool:
    """Whether a folder has a table of recordings, and a folder for them.

    Examples:
        >>> is_project("no-such-folder")
        False
    """
    root = Path(folder)
    return (root / RECORDINGS).is_file() and (root / RAW).is_dir()


def project_of(path: Path) -> Path | None:
    """Return the ChildProject folder that a recording is in, below ``recordings/raw``.

    Examples:
        >>> from pathlib import Path
        >>> Path("project/metadata").mkdir(parents=True)
        >>> Path("project/metadata/recordings.csv").touch()
        >>> project_of(Path("project/recordings/raw/c07/day1.wav")).name
        'project'
    """
    for parent in path.absolute().parents:
        if parent.name == "raw" and parent.parent.name == "recordings":
            root = parent.parent.parent
            return root if (root / RECORDINGS).is_file() else None
    return None


def set_of(path: Path) -> tuple[Path, str] | None:
    """Return the ChildProject folder and the name of the set whose folder this is.

    Names of sets may have parts, such as ``eaf/annotator1``.

    Examples:
        >>> from pathlib import Path
        >>> Path("project/metadata").mkdir(parents=True)
        >>> Path("project/metadata/annotations.csv").touch()
        >>> root, name = set_of(Path("project/annotations/eaf/annotator1/converted"))
        >>> root.name, name
        ('project', 'eaf/annotator1')
    """
    path = path.absolute()
    for parent in path.parents:
        if parent.name == ANNOTATIONS and (parent.parent / INDEX).is_file():
            parts = path.relative_to(parent).parts
            if len(parts) > 1 and parts[-1] in {"raw", "converted"}:
                parts = parts[:-1]
            return parent.parent, "/".join(parts)
    return None
