"""What all commands share: whom they work on, and how they end."""

import argparse
import os
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import EchoStreamError
from echostream_cli import sam, stages
from echostream_cli.errors import UserError
from echostream_cli.settings import load_running
from echostream_cli.target import Target
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed

Do = Callable[[argparse.Namespace, Target], int]
OURS = (UserError, EchoStreamError, ApiFailed, SignInFailed)


def run(parser: argparse.ArgumentParser, do: Do) -> None:
    """Parse the arguments, find whom they mean, do it, and end the process."""
    parser.add_argument("--on", choices=("sandbox", "aws"), default="sandbox")
    parser.add_argument("--stage", default="staging", help="on AWS: which deployment")
    parser.add_argument("--endpoint", default="", help="what plays AWS, where that is not AWS")
    arguments = parser.parse_args()
    try:
        sys.exit(do(arguments, _target(arguments)))
    except (*OURS, ClientError, BotoCoreError, OSError) as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        sys.exit(130)


def _target(arguments: argparse.Namespace) -> Target:
    """Whom the command works on; every SDK of this process talks to the same from here on."""
    if arguments.on == "aws":
        target = stages.target(arguments.stage, arguments.endpoint)
        _environ(target.environment())
        target.outputs()
        return target
    settings = load_running()
    if not sam.stack(settings):
        raise UserError("no sandbox is running here; start one with: make up")
    os.environ.update(settings.aws_environment())
    return Target(settings.stack_name, "local", settings.aws_region, settings.endpoint)


def _environ(environment: dict[str, str]) -> None:
    """Has this process see these variables, and no others."""
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)


def resource(target: Target, logical_id: str) -> str:
    """The name that a resource of the template has where it is deployed."""
    answer = target.client("cloudformation").describe_stack_resource(
        StackName=target.stack_name, LogicalResourceId=logical_id
    )
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


def be_processor(target: Target) -> None:
    """Has this process read the processor's settings, as deployed.

    Where AWS is to be found is not taken from it: a container's addresses are not ours.
    """
    configuration = target.client("lambda").get_function_configuration(
        FunctionName=resource(target, "ProcessorFunction")
    )
    given = configuration["Environment"]["Variables"]
    os.environ.update({n: v for n, v in given.items() if not n.startswith("AWS_")})
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"  # metrics are of the functions' calls


def format_counts(done: dict[str, int]) -> str:
    """Counts as a line for a person."""
    return ", ".join(f"{number:,} {what}" for what, number in done.items() if number)
