"""The version in the code is the version of the distributions."""

import re
from pathlib import Path

from vocalbaby.utils.version import VERSION


def test_code_and_distributions_have_the_same_version() -> None:
    macros = Path("build-support/macros.py").read_text(encoding="utf-8")
    assert re.findall(r'^VERSION = "(.*)"$', macros, re.MULTILINE) == [VERSION]
    setup = Path("packages/kernel/setup.py").read_text(encoding="utf-8")
    assert re.findall(r'^    version="(.*)",$', setup, re.MULTILINE) == [VERSION]
