"""Settings from flags and the environment."""

import pytest

from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError


def test_defaults() -> None:
    settings = Settings.load({})
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)
    assert settings.max_body_bytes == 32 * 2**20


def test_options_take_precedence_over_the_environment() -> None:
    environ = {"VOCALBABY_API__PORT": "9000", "VOCALBABY_API__MAX_FILES": "3", "VOCALBABY_X": "1"}
    settings = Settings.load(environ, port="9001", model=None)
    assert (settings.port, settings.max_files, settings.model) == (9001, 3, None)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"VOCALBABY_API__PROT": "1"}, "VOCALBABY_API__PROT is not a setting"),
        ({"VOCALBABY_API__PORT": "x"}, r"VOCALBABY_API__PORT \(--port\).*found 'x'"),
        ({"VOCALBABY_API__MAX_FILES": "0"}, "greater than or equal to 1"),
        (
            {"VOCALBABY_API__CORS_ORIGINS": "a, b"},
            r"\(--cors-origins\): expected \* or origins such as https:[^^]+, found 'a, b'",
        ),
        ({"VOCALBABY_API__CHANNEL": "A b"}, r"\(--channel\): expected a name of [^^]+ found 'A b'"),
    ],
)
def test_wrong_settings_are_refused(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Settings.load(environ)
