"""Writes a second version of the built-in model: the same trees with a higher temperature.

``python -m infra.e2e.second_model FOLDER``. The model stands in for one that is newly trained:
a rollout only needs another version.
"""

import sys
from dataclasses import replace
from pathlib import Path

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.writing import BundleContent, write_bundle


def main() -> None:
    """Write the bundle to the folder on the command line."""
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
