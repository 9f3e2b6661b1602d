"""ChildProject folders: tables of recordings and children, and sets of annotations.

The layout is that of https://childproject.readthedocs.io: ``metadata/recordings.csv`` lists what is
in ``recordings/raw``, and ``metadata/annotations.csv`` the files of sets of annotations, which are
in ``annotations/<set>/raw`` and ``converted``.
"""

from vocalbaby.corpora.childproject.layout import is_project, project_of, set_of
from vocalbaby.corpora.childproject.metadata import Project, ProjectMetadata, read_project
from vocalbaby.corpora.childproject.sets import AnnotationSet, SetTimeline, read_sets

__all__ = [
    "AnnotationSet",
    "Project",
    "ProjectMetadata",
    "SetTimeline",
    "is_project",
    "project_of",
    "read_project",
    "read_sets",
    "set_of",
]
