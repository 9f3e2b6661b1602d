"""Which settings file and which folder belong to each stage."""

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Workspace", "write_json"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where settings are read and results are written.

    Attributes:
        configs: Folder with ``data.yaml``, ``features.yaml``, ``training.yaml`` and
            ``evaluation.yaml``.
        out: Folder that gets one folder per stage.
    """

    configs: Path = Path("configs")
    out: Path = Path("artifacts")

    @property
    def data_config(self) -> Path:
        """Sections ``ingestion`` and ``validation``."""
        return self.configs / "data.yaml"

    @property
    def features_config(self) -> Path:
        """Feature set and augmentation."""
        return self.configs / "features.yaml"

    @property
    def training_config(self) -> Path:
        """Sections ``model``, ``training`` and ``calibration``."""
        return self.configs / "training.yaml"

    @property
    def evaluation_config(self) -> Path:
        """How figures are computed."""
        return self.configs / "evaluation.yaml"

    @property
    def ingestion(self) -> Path:
        """``manifest.csv``, ``rejections.csv``, ``summary.json``, ``audio/``."""
        return self.out / "ingestion"

    @property
    def validation(self) -> Path:
        """``report.json``."""
        return self.out / "validation"

    @property
    def training(self) -> Path:
        """``bundle/`` and ``history.csv``."""
        return self.out / "training"

    @property
    def bundle(self) -> Path:
        """The trained model."""
        return self.training / "bundle"

    @property
    def evaluation(self) -> Path:
        """Figures, confusion matrix and predictions."""
        return self.out / "evaluation"

    def feature_table(self, feature_set: str, split: str) -> Path:
        """The Parquet file of one feature set and split."""
        return self.out / "features" / feature_set / f"{split}.parquet"


def write_json(path: Path, content: object) -> None:
    """Write indented JSON, and the folder it stands in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
