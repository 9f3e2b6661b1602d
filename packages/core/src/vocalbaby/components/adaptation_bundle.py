"""The bundle that an adaptation results in: its content and its card."""

import hashlib
from dataclasses import replace
from typing import Final

from vocalbaby.bundle.writing import BundleContent
from vocalbaby.components.adaptation import Adaptation
from vocalbaby.entity.bundle import BundleManifest, ModelBundle
from vocalbaby.utils.wording import counted

__all__ = ["adapted_card", "adapted_content"]

_HEADING: Final = "\n## Adaptation\n"


def adapted_content(bundle: ModelBundle, adaptation: Adaptation) -> BundleContent:
    """Return the content of the adapted bundle: the same model with another calibration.

    Args:
        bundle: The model that was adapted.
        adaptation: The adaptation of it.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> bundle = read_bundle(default_bundle_path())
        >>> made = Adaptation("vocalbaby-0", "prior", "uar", bundle.calibration, ("", ""), {}, 0, 9)
        >>> adapted_content(bundle, made).metrics["adaptation"]["parent"]
        'vocalbaby-0'
    """
    content = BundleContent.of(bundle)
    parts = (content.training_data_sha256, *adaptation.checksums)
    return replace(
        content,
        calibration=adaptation.calibration,
        training_data_sha256=hashlib.sha256("\n".join(parts).encode()).hexdigest(),
        metrics={"adaptation": adaptation.record()},
    )


def adapted_card(bundle: ModelBundle, adaptation: Adaptation, manifest: BundleManifest) -> str:
    """Return the card of the adapted bundle: that of the model, and a section on the adaptation.

    Args:
        bundle: The model that was adapted.
        adaptation: The adaptation of it.
        manifest: Manifest of the adapted bundle.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> bundle = read_bundle(default_bundle_path())
        >>> made = Adaptation("vocalbaby-0", "prior", "uar", bundle.calibration, ("", ""), {}, 0, 9)
        >>> "## Adaptation" in adapted_card(bundle, made, bundle.manifest)
        True
    """
    parent = bundle.manifest.version
    counts = ", ".join(f"{name} {n}" for name, n in adaptation.clips.items() if n)
    lines = [
        f"This model is {parent} with another calibration. The figures above are of {parent}.",
        "",
        f"- Method: `{adaptation.method}`.",
        f"- Labelled clips: {counts or 'none'}; {counted(adaptation.children, 'child')}.",
        f"- Clips without labels: {adaptation.unlabelled}.",
        f"- {adaptation.verdict}",
        *(
            f"- {name}: {g.before:.3f} before, {g.after:.3f} after; improvement {g.gain:+.3f} "
            f"({g.low:+.3f} to {g.high:+.3f})."
            for name, g in (adaptation.gains or {}).items()
        ),
        f"- SHA-256 of the clips: {', '.join(filter(None, adaptation.checksums))}.",
    ]
    card = bundle.card.split(_HEADING)[0].replace(
        f"# Model card: {parent}", f"# Model card: {manifest.version}", 1
    )
    return f"{card.rstrip()}\n{_HEADING}\n" + "\n".join(lines) + "\n"
