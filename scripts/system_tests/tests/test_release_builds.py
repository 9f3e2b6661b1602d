"""What the test of the release builds reads from the output of its programs."""

import json

import pytest

from scripts.deploy.programs import ScriptError
from scripts.system_tests.release_builds import bytes_of_first_copy, listed_packages, require_same


def test_equal_builds_pass() -> None:
    require_same("a\nb", "a\nb", "the two builds differ")


def test_shows_where_builds_differ() -> None:
    with pytest.raises(ScriptError) as error:
        require_same("a\nb", "a\nc", "the two builds differ")
    lines = str(error.value).splitlines()
    assert lines[0] == "the two builds differ"
    assert lines[-2:] == ["-b", "+c"]


def test_finds_the_layer_with_our_code() -> None:
    history = '0 ENTRYPOINT ["vocalbaby-serve"]\n4300 COPY /layer / # code\n9900 COPY /layer /\n'
    assert bytes_of_first_copy(history) == 4300
    with pytest.raises(ScriptError, match="no layer that was copied"):
        bytes_of_first_copy("0 CMD\n")


def test_lists_packages_in_order() -> None:
    components = [{"name": "numpy", "version": "2.1"}, {"name": "boto3", "version": "1.0"}]
    assert listed_packages(json.dumps({"components": components})) == "boto3 1.0\nnumpy 2.1"
