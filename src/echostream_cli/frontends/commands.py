"""Commands on the frontends: site, screenshots."""

from echostream_cli import command
from echostream_cli.frontends import site_build

app = command.group()
PANEL = "Develop"


@app.command(rich_help_panel=PANEL)
def site() -> None:
    """Build the page into .sandbox/site and print what it weighs; `up` publishes it."""
    site_build.write()


@app.command(rich_help_panel=PANEL)
def screenshots() -> None:
    """Take pictures of both running frontends at three widths, light and dark."""
    from echostream_cli.frontends import screenshots as pictures  # needs a browser's driver

    pictures.take()
