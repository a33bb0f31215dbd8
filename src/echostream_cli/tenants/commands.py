"""The command groups `tenant`, `member` and `machine`."""

from echostream_cli import command
from echostream_cli.tenants import (
    machine_commands,
    member_commands,
    privacy_commands,
    tenant_commands,
)

app = command.group()
privacy_commands.add_to(tenant_commands.app)
PANEL = "Tenants and members (sandbox, or a stage with --stage)"
app.add_typer(tenant_commands.app, name="tenant", rich_help_panel=PANEL)
app.add_typer(member_commands.app, name="member", rich_help_panel=PANEL)
app.add_typer(machine_commands.app, name="machine", rich_help_panel=PANEL)
