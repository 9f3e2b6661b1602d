from typing import Annotated

import typer
from typer.testing import CliRunner

from vocalbaby.utils.command_line import application, option_variables


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
