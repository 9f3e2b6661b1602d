"""The files of the pipeline: settings and results of every stage."""

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Workspace", "write_json"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Folders of settings and results.

    Attributes:
        configs: Folder of ``data.yaml``, ``features.yaml``, ``training.yaml`` and
            ``evaluation.yaml``.
        out: Folder of the results, with one folder per stage.
    """

    configs: Path = Path("configs")
    out: Path = Path("artifacts")

    @property
    def data_config(self) -> Path:
        """Settings of ingestion and validation, in sections of these names."""
        return self.configs / "data.yaml"

    @property
    def features_config(self) -> Path:
        """Settings of the features."""
        return self.configs / "features.yaml"

    @property
    def training_config(self) -> Path:
        """Settings of the training; see `components.fitting.TrainingSettings`."""
        return self.configs / "training.yaml"

    @property
    def tuning_config(self) -> Path:
        """Settings of the tuning."""
        return self.configs / "tuning.yaml"

    @property
    def evaluation_config(self) -> Path:
        """Settings of the evaluation."""
        return self.configs / "evaluation.yaml"

    @property
    def comparison_config(self) -> Path:
        """Settings of the comparison."""
        return self.configs / "comparison.yaml"

    @property
    def ingestion(self) -> Path:
        """Folder of ``manifest.csv``, ``rejections.csv``, ``summary.json`` and ``audio/``."""
        return self.out / "ingestion"

    @property
    def validation(self) -> Path:
        """Folder of ``report.json``."""
        return self.out / "validation"

    @property
    def training(self) -> Path:
        """Folder of ``bundle/`` and ``history.csv``."""
        return self.out / "training"

    @property
    def tuning(self) -> Path:
        """Folder of the searches, ``<set>/<family>/``."""
        return self.out / "tuning"

    @property
    def bundle(self) -> Path:
        """Bundle of the trained model."""
        return self.training / "bundle"

    @property
    def evaluation(self) -> Path:
        """Folder of metrics, confusion matrix and predictions."""
        return self.out / "evaluation"

    @property
    def feature_cache(self) -> Path:
        """Folder of the features that were computed before, by content."""
        return self.out / "cache" / "features"

    @property
    def comparison(self) -> Path:
        """Folder of the experiments: ``<set>/<family>/<mode>``."""
        return self.out / "comparison"

    @property
    def results(self) -> Path:
        """Folder of the tables, the report and the best bundle of a comparison."""
        return self.out / "results"

    def feature_table(self, feature_set: str, split: str) -> Path:
        """Parquet file of the features of a split."""
        return self.out / "features" / feature_set / f"{split}.parquet"


def write_json(path: Path, content: object) -> None:
    """Write indented JSON, creating the folder if it does not exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
