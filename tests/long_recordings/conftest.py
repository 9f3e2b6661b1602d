"""The recordings of the unit tests of `vocalbaby segment`."""

from packages.core.tests.commands.conftest import no_settings_of_the_user
from packages.core.tests.commands.recordings.conftest import cry, folder, write

__all__ = ["cry", "folder", "no_settings_of_the_user", "write"]
