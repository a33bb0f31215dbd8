"""The commands behind make deploy-aws and its like: `python -m deployment COMMAND`."""

import argparse
import os
import sys

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import EchoStreamError
from echostream_cli import stages, users
from echostream_cli.console import RISKS
from echostream_cli.deploy import deploy, destroy, preflight, smoke, stack_state
from echostream_cli.deploy.deploy import DeployOptions
from echostream_cli.errors import UserError
from echostream_cli.target import Target


def main() -> None:
    arguments = _arguments()
    try:
        stage = stages.load(arguments.stage)
    except UserError as error:
        sys.exit(f"error: {error}")
    target = stage.target(arguments.endpoint)
    try:
        if arguments.command != "deploy":  # which says what it checks
            preflight.credentials(target, arguments.account or stage.account)
            preflight.region(target, os.environ)
        COMMANDS[arguments.command](stage, target, arguments)
    except (UserError, EchoStreamError) as error:
        sys.exit(f"error: {error}")
    except (ClientError, BotoCoreError) as error:
        sys.exit(f"error: {target.unreachable(error)}")
    except KeyboardInterrupt:
        sys.exit(_interrupted(target, arguments.command))


def _interrupted(target: Target, command: str) -> str:
    """What goes on without us, and that the same command takes it up again."""
    try:
        state = stack_state.status(target)
    except UserError as error:
        state = f"in a state that cannot be asked for ({error})"
    goes_on = "; what CloudFormation has begun, it finishes" if "PROGRESS" in str(state) else ""
    return (
        f"\ninterrupted: {target.stack_name} is {state or 'not there'}{goes_on}."
        f" The same command ({command}) goes on from there"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deployment", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--stage", required=True, help="a stage of samconfig.toml")
    parser.add_argument("--endpoint", default="", help="who plays AWS, where that is not AWS")
    parser.add_argument("--yes", action="store_true", help="agree beforehand")
    parser.add_argument("--account", default="", help="refuse any other account")
    parser.add_argument(
        "--accept", type=_risks, default=frozenset(), help=f"risks: {','.join(RISKS)}"
    )
    parser.add_argument("--data", choices=("keep", "delete"), default="keep", help="for destroy")
    parser.add_argument("--confirm", default="", help="for destroy --data delete: the stack's name")
    parser.add_argument("--name", default="", help="for user: who")
    parser.add_argument("--tenant", default="", help="for user: whose data they see")
    return parser.parse_args()


def _risks(text: str) -> frozenset[str]:
    given = frozenset(text.replace(",", " ").split())
    if not given <= set(RISKS):
        raise argparse.ArgumentTypeError(f"must be of {', '.join(RISKS)}, is {text!r}")
    return given


def _wishes(arguments: argparse.Namespace) -> DeployOptions:
    return DeployOptions(arguments.yes, arguments.account, arguments.accept)


def _deploy(stage: stages.Stage, target: Target, arguments: argparse.Namespace) -> None:
    deploy.deploy(stage, target, _wishes(arguments))


def _diff(stage: stages.Stage, target: Target, _: argparse.Namespace) -> None:
    deploy.diff(stage, target)


def _rollback(_: stages.Stage, target: Target, arguments: argparse.Namespace) -> None:
    deploy.go_back(target, _wishes(arguments))


def _smoke(_: stages.Stage, target: Target, __: argparse.Namespace) -> None:
    smoke.api(target)
    smoke.page(target)


def _destroy(_: stages.Stage, target: Target, arguments: argparse.Namespace) -> None:
    destroy.destroy(target, arguments.data, arguments.yes, arguments.confirm)


def _user(_: stages.Stage, target: Target, arguments: argparse.Namespace) -> None:
    for name in ("name", "tenant"):
        if not getattr(arguments, name):
            raise UserError(f"{name.upper()}: must be given, as in NAME=ann TENANT=acme")
    password = users.create(target, arguments.name, arguments.tenant)
    print(f"  {arguments.name} sees the documents of {arguments.tenant}")
    print(f"  sign in at {target.outputs()['SiteUrl']} with {password}")


def _outputs(_: stages.Stage, target: Target, __: argparse.Namespace) -> None:
    deploy.show_outputs(target)


COMMANDS = {
    "deploy": _deploy,
    "diff": _diff,
    "rollback": _rollback,
    "smoke": _smoke,
    "destroy": _destroy,
    "user": _user,
    "outputs": _outputs,
}


if __name__ == "__main__":
    main()
