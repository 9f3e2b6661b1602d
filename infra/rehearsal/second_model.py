"""Writes a second version of the built-in model: the same trees, a little less sure of themselves.

``python -m infra.rehearsal.second_model FOLDER``. It stands for one that was trained anew:
another version is all that a rollout needs.
"""

import sys
from dataclasses import replace
from pathlib import Path

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.writing import BundleContent, write_bundle


def main() -> None:
    """Write the bundle into the folder that the command line names."""
    bundle = read_bundle(default_bundle_path())
    calibration = bundle.calibration
    content = replace(
        BundleContent.of(bundle),
        metrics={},
        calibration=calibration.model_copy(update={"temperature": calibration.temperature * 1.3}),
    )
    write_bundle(Path(sys.argv[1]), content, card=lambda manifest: f"# {manifest.version}\n")


if __name__ == "__main__":
    main()
