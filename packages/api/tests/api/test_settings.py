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
        (
            {"VOCALBABY_API__FORWARDED_ALLOW_IPS": "*"},
            r"\(--forwarded-allow-ips\): .*'\*' does not",
        ),
        ({"VOCALBABY_API__FORWARDED_ALLOW_IPS": "127.0.0.1,nginx"}, "'nginx' does not appear"),
        ({"VOCALBABY_API__FORWARDED_ALLOW_IPS": "127.0.0.1,"}, "'' does not appear"),
        ({"VOCALBABY_API__FORWARDED_ALLOW_IPS": "10.0.0.1/8"}, "has host bits set"),
        ({"VOCALBABY_API__ROOT_PATH": "vocalbaby/"}, r"\(--root-path\): expected a path such as"),
        ({"VOCALBABY_API__ROOT_PATH": "//other.example"}, "expected a path such as"),
        ({"VOCALBABY_API__ROOT_PATH": "/.."}, "expected a path such as"),
        ({"VOCALBABY_API__CHANNEL": "A b"}, r"\(--channel\): expected a name of [^^]+ found 'A b'"),
    ],
)
def test_wrong_settings_are_refused(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Settings.load(environ)


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1, ::1", "10.0.0.0/16,fd00::/8"])
def test_trusted_proxies_are_addresses_and_networks(text: str) -> None:
    assert Settings.load({}, forwarded_allow_ips=text).forwarded_allow_ips == text


@pytest.mark.parametrize("text", ["", "/vocalbaby", "/lab/vocal.baby"])
def test_the_root_path_begins_with_a_slash_and_does_not_end_with_one(text: str) -> None:
    assert Settings.load({}, root_path=text).root_path == text
