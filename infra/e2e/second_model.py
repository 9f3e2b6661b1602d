"""Writes a second version of the built-in model: the same trees with a higher temperature.

``python -m infra.e2e.second_model FOLDER``. The model stands in for one that is newly trained:
a rollout only needs another version.
"""

import sys
from pathlib import Path

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.writing import BundleParts, write_bundle


def main() -> None:
    """Write the bundle to the folder on the command line."""
    bundle = read_bundle(default_bundle_path())
    calibration = bundle.calibration
    parts = BundleParts(
        name=bundle.manifest.name,
        feature_set=bundle.manifest.feature_set,
        feature_set_version=bundle.manifest.feature_set_version,
        columns=bundle.manifest.columns,
        training_data_sha256=bundle.manifest.training_data_sha256,
        code_version=bundle.manifest.code_version,
        metrics={},
        booster=bundle.booster,
        calibration=calibration.model_copy(update={"temperature": calibration.temperature * 1.3}),
        reference=bundle.reference,
    )
    write_bundle(Path(sys.argv[1]), parts, card=lambda manifest: f"# {manifest.version}\n")


if __name__ == "__main__":
    main()
