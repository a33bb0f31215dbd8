"""Commands on the frontends: dashboard, site, screenshots."""

from typing import Annotated

import typer

from echostream_cli import command
from echostream_cli.frontends import dashboard as stage_dashboard
from echostream_cli.frontends import site_build

app = command.group()
PANEL = "Develop"


@app.command(
    rich_help_panel="AWS",
    epilog=command.examples(
        "dashboard --stage prod", "dashboard --site-url https://d1.cloudfront.net"
    ),
)
def dashboard(
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    site_url: Annotated[
        str, typer.Option(help="The address of the page, for use without AWS credentials.")
    ] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the dashboard.")] = 8502,
) -> None:
    """Run the dashboard of a stage on this machine.

    Users of the stage sign in. The pages Health, History and Engines need an operator's AWS
    credentials in this shell.
    """
    stage_dashboard.run(stage, endpoint, site_url, port)


@app.command(rich_help_panel=PANEL, epilog=command.examples("site"))
def site() -> None:
    """Build the page into .sandbox/site and print its size; `up` publishes it."""
    site_build.write()


@app.command(rich_help_panel=PANEL, epilog=command.examples("screenshots"))
def screenshots() -> None:
    """Take screenshots of both running frontends at three widths, light and dark."""
    from echostream_cli.frontends.screenshots import take_screenshots  # imports Playwright: slow

    take_screenshots()
