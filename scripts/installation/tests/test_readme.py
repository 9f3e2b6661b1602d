"""The README is followed with an installation; another output than it shows is found."""

import pytest

from scripts.deploy.programs import ScriptError
from scripts.installation.readme import require_output


@pytest.mark.parametrize("output", ["a  0.5000004 b\n", "a 0.5 b"])
def test_space_and_the_last_digits_may_differ(output: str) -> None:
    require_output("a 0.5 b\n", output)


@pytest.mark.parametrize("output", ["a 0.501 b", "a 0.5 c", "a 0.5 b 0.5", "a b", ""])
def test_another_output_is_found(output: str) -> None:
    with pytest.raises(ScriptError, match="but its commands print"):
        require_output("a 0.5 b\n", output)
