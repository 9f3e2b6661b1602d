"""Sets the version in every file that names it: ``python3 scripts/set_version.py 0.3.0``.

``VERSION`` of build-support/macros.py is the version. The other files cannot read it: they are read
where the repository is not, or by programs that take only constants. tests/test_version.py compares
them.
"""

import re
import sys
from pathlib import Path
from typing import Final

__all__ = ["FILES", "main", "versions"]

_IMAGE: Final = r"(vocalbaby-(?:server|drift):)\d+\.\d+\.\d+"
#: File to the pattern of what stands in front of its version.
FILES: Final = {
    "build-support/macros.py": r'^(VERSION = ")[\d.]+',
    "packages/core/src/vocalbaby/utils/version.py": r'^(VERSION: Final = ")[\d.]+',
    "packages/kernel/setup.py": r'^(    version=")[\d.]+',
    "CITATION.cff": r"^(version: )[\d.]+",
    "docker-compose.monitoring.yml": _IMAGE,
    "docs/install.md": _IMAGE,
    "docs/monitoring.md": _IMAGE,
    "infra/kubernetes/drift/base/kustomization.yaml": r"(newTag: )[\d.]+",
    "scripts/system_tests/release_builds.py": _IMAGE,
}


def versions(root: Path) -> dict[str, set[str]]:
    """The versions that each file names.

    Args:
        root: Folder of the repository.
    """
    found = {}
    for name, pattern in FILES.items():
        text = (root / name).read_text(encoding="utf-8")
        matches = re.finditer(pattern, text, re.MULTILINE)
        found[name] = {match[0].removeprefix(match[1]) for match in matches}
    return found


def main(version: str, root: Path) -> None:
    """Write the version into every file.

    Args:
        version: Three numbers, such as 0.3.0.
        root: Folder of the repository.

    Raises:
        ValueError: This is no version.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f"{version!r} is not a version of three numbers, such as 0.3.0.")
    for name, pattern in FILES.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        path.write_text(
            re.sub(pattern, rf"\g<1>{version}", text, flags=re.MULTILINE), encoding="utf-8"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 scripts/set_version.py VERSION")
    main(sys.argv[1], Path(__file__).resolve().parent.parent)
