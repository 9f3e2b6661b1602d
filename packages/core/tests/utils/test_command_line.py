from typing import Annotated

import typer
from typer.testing import CliRunner

from vocalbaby.utils.command_line import Command, application, option_variables


def test_lists_the_variables_that_set_options_of_a_command() -> None:
    app = application("example", "Purpose.", "Epilog.")

    @app.command()
    def run(
        context: typer.Context,
        log: Annotated[str, typer.Option(envvar="EXAMPLE__LOG")] = "",
        out: Annotated[str, typer.Option(envvar=["EXAMPLE__OUT", "EXAMPLE_OUT"])] = "",
        hours: Annotated[float, typer.Option()] = 1.0,
    ) -> None:
        del log, out, hours
        typer.echo(" ".join(sorted(option_variables(context))))

    result = CliRunner().invoke(app, ["run"])
    assert result.stdout.split() == ["EXAMPLE_OUT", "EXAMPLE__LOG", "EXAMPLE__OUT"]


def test_the_help_is_wrapped_by_the_terminal_alone() -> None:
    app = application("example", "Purpose.", "Epilog in\ntwo lines.")

    @app.command(cls=Command)
    def run(*, fast: Annotated[bool, typer.Option("--fast", help="Hurry.")] = False) -> None:
        """Run.

        A paragraph of which the lines are as
        long as those of the source.

        Examples:
            example run --fast
        """
        del fast

    runner = CliRunner()
    text = runner.invoke(app, ["run", "--help"], env={"TERMINAL_WIDTH": "120"}).stdout
    assert "A paragraph of which the lines are as long as those of the source." in text
    assert "\n     example run --fast" in text
    assert "<bool>" not in text
    text = runner.invoke(app, ["--help"], env={"TERMINAL_WIDTH": "120"}).stdout
    assert "Epilog in two lines." in text
    assert "<bool>" not in text
