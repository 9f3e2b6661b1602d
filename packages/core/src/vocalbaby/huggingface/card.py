"""The card of a repository: what Hugging Face reads about a model, then the model card."""

from collections.abc import Mapping
from typing import Final

from vocalbaby.bundle.card import corpora_of
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.utils.extras import needs_extra

with needs_extra("huggingface"):
    from huggingface_hub import EvalResult, ModelCard, ModelCardData

__all__ = ["repository_card"]

_TASK: Final = "audio-classification"
_TAGS: Final = (_TASK, "infant-vocalizations", "babble", "child-language", "bioacoustics")
#: Figures of a bundle: the metric of Hugging Face, its name and its arguments.
_METRICS: Final = {
    "uar": ("recall", "Unweighted average recall (UAR)", {"average": "macro"}),
    "macro_f1": ("f1", "Macro F1", {"average": "macro"}),
    "accuracy": ("accuracy", "Accuracy", None),
}
_USE: Final = """\
## Use

```bash
pip install 'vocalbaby-core[huggingface]'
vocalbaby model pull hf://{repository} --out model
vocalbaby predict cry.wav --model model
```
"""


def repository_card(bundle: ModelBundle, repository: str, *, licence: str = "") -> str:
    """Write ``README.md`` of a repository.

    The results are those of the bundle's manifest, each with the name of the data that it was
    measured on.

    Args:
        bundle: The bundle.
        repository: Owner and name of the repository.
        licence: Identifier of a licence that Hugging Face knows, e.g. ``cc-by-4.0``. If it is
            empty, the header refers to the section "Training data" of the card.

    Returns:
        YAML between two lines ``---``, then Markdown.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> card = ModelCard(repository_card(read_bundle(default_bundle_path()), "lab/babble"))
        >>> card.data.library_name, card.data.pipeline_tag, card.data.metrics
        ('vocalbaby', 'audio-classification', ['recall', 'f1', 'accuracy'])
        >>> first = card.data.eval_results[0]
        >>> first.dataset_name.startswith("test split of"), first.metric_value
        (True, 0.901797)
    """
    results = _results(bundle)
    data = ModelCardData(
        license=licence or "other",
        license_name=None if licence else "see-model-card",
        license_link=None if licence else f"https://huggingface.co/{repository}#training-data",
        library_name="vocalbaby",
        pipeline_tag=_TASK,
        tags=list(_TAGS),
        metrics=list(dict.fromkeys(result.metric_type for result in results)) or None,
        model_name=bundle.manifest.version,
        eval_results=results or None,
    )
    if not results:
        data.model_name = None  # it is written with results only
    use = _USE.format(repository=repository)
    return str(ModelCard(f"---\n{data.to_yaml()}\n---\n\n{bundle.card.rstrip()}\n\n{use}"))


def _results(bundle: ModelBundle) -> list[EvalResult]:
    corpora = ", ".join(corpora_of(bundle.card))
    whole = f"test split of {corpora}" if corpora else "test split"
    return [
        EvalResult(
            task_type=_TASK,
            task_name="Classification of infant vocalizations",
            dataset_type="vocalbaby",
            dataset_name=whole if name == "test" else name,
            dataset_config=name,  # results that differ in the name alone would be merged
            dataset_split="test" if name.partition(",")[0] == "test" else None,
            metric_type=kind,
            metric_name=title,
            metric_value=figures[figure],
            metric_args=arguments,
        )
        for name, figures in bundle.manifest.metrics.items()
        if isinstance(figures, Mapping)
        for figure, (kind, title, arguments) in _METRICS.items()
        if isinstance(figures.get(figure), int | float)
    ]
