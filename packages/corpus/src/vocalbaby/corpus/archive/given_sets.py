"""Segments of another tool for the recordings of an archive: a path, or the name of a set."""

from pathlib import Path

from vocalbaby.commands.recordings.given import GivenSegments
from vocalbaby.corpora.childproject import read_sets
from vocalbaby.corpora.childproject.layout import ANNOTATIONS
from vocalbaby.exception import ConfigError, DataNotFoundError

__all__ = ["given_segments"]


def given_segments(archive: str, name: str, key_child: tuple[str, ...] = ()) -> GivenSegments:
    r"""Return the segments that another tool has found in the recordings of an archive.

    Args:
        archive: Address of the archive.
        name: A file or folder of annotations; or the name of a set of annotations of the archive,
            if it is a ChildProject folder.
        key_child: Names of the speakers, tiers or labels of the key child; if there are none, the
            codes of VTC, LENA and ChildProject decide.

    Raises:
        ConfigError: The archive is a bucket, and the name is no path.
        DataNotFoundError: There is no such set, file or folder.

    Examples:
        >>> from pathlib import Path
        >>> Path("project/metadata").mkdir(parents=True)
        >>> columns = "set,recording_filename,time_seek,range_onset,range_offset,raw_filename"
        >>> text = f"{columns}\nvtc,day1.wav,0,0,3600000,day1.rttm\n"
        >>> _ = Path("project/metadata/annotations.csv").write_text(text)
        >>> given_segments("project", "vtc").path.as_posix()
        'project/annotations/vtc'
    """
    if Path(name).exists():
        return GivenSegments(Path(name), key_child)
    if archive.startswith("s3://"):
        raise ConfigError(
            f"There is no file or folder {name}, and sets of a bucket are not read.",
            hint="Copy annotations/ and metadata/ of the archive, and name the folder of the set.",
        )
    sets = read_sets(Path(archive))
    if name in sets:
        return GivenSegments(Path(archive) / ANNOTATIONS / name, key_child)
    known = f"{archive} has the sets {', '.join(sorted(sets))}" if sets else f"{archive} has none"
    raise DataNotFoundError(f"There is no set of annotations {name}.", hint=f"{known}.")
