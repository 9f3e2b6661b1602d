import unicodedata

import pytest

from vocalbaby.entity.identity import child_key, clip_key, corpus_key, normal_id

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "José") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    "text",
    ["1", "1.0", "001", " 1 ", "1.00", "1.", "1,0", "0001.0", "\ufeff1", "1\u00a0", "1\u200b"],
)
def test_whole_numbers_have_one_normal_form(text: str) -> None:
    assert normal_id(text) == "1"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("0", "0"),
        ("000", "0"),
        ("10", "10"),
        ("100.0", "100"),
        ("1e+16", "10000000000000000"),
        ("1.23E+05", "123000"),
        ("12345678901234567890", "12345678901234567890"),
    ],
)
def test_numbers_keep_their_digits(text: str, normal: str) -> None:
    assert normal_id(text) == normal


@pytest.mark.parametrize(
    "text",
    ["01a", "1a", "a1", "a01", "1.5", "1.05", "-1", "1-0", "1_0", "1e5", "1.234E+02", "1,000", "²"],
)
def test_what_is_no_whole_number_stays(text: str) -> None:
    assert normal_id(text) == text


def test_children_and_clips_of_two_corpora_differ() -> None:
    assert child_key("A", "1") != child_key("B", "1")
    assert clip_key("A", "1.wav") != clip_key("B", "1.wav")


def test_unicode_form_and_case_do_not_make_a_child() -> None:
    assert COMPOSED != DECOMPOSED
    assert child_key("A", COMPOSED) == child_key("A", DECOMPOSED) == child_key("a ", "JOSÉ")
    assert corpus_key(COMPOSED) == corpus_key(DECOMPOSED.upper())


def test_files_that_differ_in_case_or_zeros_are_other_clips() -> None:
    assert len({clip_key("A", name) for name in ("a.wav", "A.wav", "1.wav", "01.wav")}) == 4
    assert clip_key("A", f"{COMPOSED}.wav") == clip_key("A", f" {DECOMPOSED}.wav")
