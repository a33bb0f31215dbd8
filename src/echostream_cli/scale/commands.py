"""The command `scale`: what many documents a day need, and a simulation of contention."""

from typing import Annotated

import typer

from echostream_cli import command
from echostream_cli.console import progress
from echostream_cli.scale import page, simulations

app = command.group()


@app.command(rich_help_panel="Develop", epilog=command.examples("scale", "scale --page"))
def scale(
    only_page: Annotated[
        bool, typer.Option("--page", help="Only write docs/scale.md again, without simulations.")
    ] = False,
) -> None:
    """Compute what up to 10 billion documents a day need; writes docs/scale.md."""
    if not only_page:
        with progress("simulating contention", "runs", simulations.NUMBER) as advance:
            simulations.save(simulations.run(advance))
    text = page.format_page(simulations.load())
    page.PAGE.write_text(text)
    print(f"{text}\nsaved in {simulations.FILE.name} and {page.PAGE.name}")
