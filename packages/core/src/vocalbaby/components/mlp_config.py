"""Settings of multilayer perceptrons."""

from typing import Annotated

from pydantic import Field

from vocalbaby.entity.config import StrictModel

__all__ = ["MlpConfig"]


class MlpConfig(StrictModel):
    """Settings of multilayer perceptrons; see `.mlp_training.train_mlp`.

    Attributes:
        networks: Number of perceptrons, whose outputs are averaged.
        hidden: Number of hidden units of each.
        epochs: Number of passes over the clips. The fewer, the smoother is the result.
        batch_size: Number of clips per step.
        learning_rate: Size of the steps.
        weight_decay: L2 penalty on the weights.
    """

    networks: int = Field(default=4, ge=1, le=100)
    hidden: int = Field(default=64, ge=1, le=4096)
    epochs: int = Field(default=12, ge=1, le=1000)
    batch_size: int = Field(default=256, ge=1, le=65536)
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.002
    weight_decay: float = Field(default=0.003, ge=0.0)
