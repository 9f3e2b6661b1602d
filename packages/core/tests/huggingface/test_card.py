from dataclasses import replace

import yaml
from huggingface_hub import ModelCard

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.huggingface.card import repository_card


def test_the_header_has_what_hugging_face_reads_and_the_body_is_the_model_card() -> None:
    bundle = read_bundle(default_bundle_path())
    card = ModelCard(repository_card(bundle, "lab/babble", licence="cc-by-4.0"))
    assert card.data.get("license") == "cc-by-4.0"
    assert card.data.get("library_name") == "vocalbaby"
    assert card.data.get("pipeline_tag") == "audio-classification"
    assert "audio-classification" in card.data.get("tags")
    assert card.data.get("model_name") == bundle.manifest.version
    assert bundle.card.strip() in card.text
    assert "vocalbaby model pull hf://lab/babble" in card.text


def test_each_result_of_the_manifest_names_the_data_that_it_was_measured_on() -> None:
    bundle = read_bundle(default_bundle_path())
    text = repository_card(bundle, "lab/babble")
    [index] = yaml.safe_load(text.split("---\n")[1])["model-index"]
    found = {each["dataset"]["name"]: each["metrics"] for each in index["results"]}
    assert any(name.startswith("test split of DonateACry, ") for name in found)
    assert len(found) == len(bundle.manifest.metrics)
    [uar, *_] = found["test, LyonCry"]
    assert uar["name"] == "Unweighted average recall (UAR)"
    assert uar["value"] == bundle.manifest.metrics["test, LyonCry"]["uar"]


def test_a_bundle_without_results_has_a_valid_card() -> None:
    bundle = read_bundle(default_bundle_path())
    for metrics in ({}, {"uar": 0.5}, {"test": {"uar": "---\nlicense: mit"}}):
        other = replace(bundle, manifest=bundle.manifest.model_copy(update={"metrics": metrics}))
        card = ModelCard(repository_card(other, "lab/babble"))
        assert card.data.get("eval_results") is None
        assert card.data.get("license") == "other"
