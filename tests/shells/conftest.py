"""The installed command of the unit tests."""

from packages.core.tests.commands.conftest import no_settings_of_the_user, recording, script

__all__ = ["no_settings_of_the_user", "recording", "script"]
