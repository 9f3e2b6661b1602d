"""The checks of scikit-learn. scripts/test_estimators.sh runs all of them for every family."""

import warnings
from typing import Final

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from vocalbaby.estimators import VocalizationClassifier

#: The checks that fit few models.
_FAST: Final = {
    "check_classifier_not_supporting_multiclass",
    "check_classifiers_one_label",
    "check_complex_data",
    "check_dict_unchanged",
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_dont_overwrite_attributes",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_sparse_array",
    "check_estimators_unfitted",
    "check_f_contiguous_array_estimator",
    "check_fit1d",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
    "check_mixin_order",
    "check_n_features_in_after_fitting",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_requires_y_none",
    "check_supervised_y_no_nan",
    "check_valid_tag_types",
}


def _checks() -> list[object]:
    classifier = VocalizationClassifier(settings={"rounds": 3}, inputs="features")
    found = estimator_checks_generator(classifier, legacy=True)
    return [
        pytest.param(estimator, check, id=check.func.__name__)
        for estimator, check in found
        if check.func.__name__ in _FAST
    ]


@pytest.mark.parametrize(("estimator", "check"), _checks())
def test_the_classifier_passes_a_check_of_scikit_learn(estimator, check) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # data without groups
        check(estimator)
