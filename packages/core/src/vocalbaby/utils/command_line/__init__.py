"""What the project's commands share: global options, exit codes, errors, and the option file."""

from vocalbaby.utils.command_line.answers import Json, answer
from vocalbaby.utils.command_line.application import application
from vocalbaby.utils.command_line.exit_codes import describe_exit_codes
from vocalbaby.utils.command_line.groups import SET_UP, Command, CommandGroup, QuickCommandGroup
from vocalbaby.utils.command_line.options import LogJson, LogLevel, Version, set_up_logging
from vocalbaby.utils.command_line.running import run
from vocalbaby.utils.command_line.variables import option_variables

__all__ = [
    "SET_UP",
    "Command",
    "CommandGroup",
    "Json",
    "LogJson",
    "LogLevel",
    "QuickCommandGroup",
    "Version",
    "answer",
    "application",
    "describe_exit_codes",
    "option_variables",
    "run",
    "set_up_logging",
]
