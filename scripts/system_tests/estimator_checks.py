"""Runs the checks of scikit-learn on the classifier; scripts/test_estimators.sh calls this."""

import sys
import time
import warnings
from collections.abc import Sequence
from typing import Final

from sklearn.utils.estimator_checks import check_estimator

from vocalbaby.estimators import VocalizationClassifier
from vocalbaby.estimators.settings import FAMILIES

__all__ = ["main"]

#: Few rounds, since the checks fit some hundred models to small tables.
_SETTINGS: Final[dict[str, object]] = {"rounds": 10, "mlp.epochs": 20}


def main(families: Sequence[str]) -> int:
    """Check the families that are named, or all; return 1 if a check fails."""
    failed = 0
    for family in families or FAMILIES:
        begin = time.perf_counter()
        classifier = VocalizationClassifier(family=family, settings=_SETTINGS, inputs="features")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # data without groups
            results = check_estimator(classifier, on_fail=None, on_skip=None)
        for result in results:
            if result["status"] == "failed":
                failed += 1
                print(f"{family}: {result['check_name']}: {result['exception']}")
        passed = sum(result["status"] == "passed" for result in results)
        seconds = time.perf_counter() - begin
        print(f"{family}: {passed} of {len(results)} checks passed in {seconds:.0f} s", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
