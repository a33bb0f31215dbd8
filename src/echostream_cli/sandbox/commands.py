"""The commands behind the make targets: `echostream COMMAND`."""

import argparse
import os
import sys

from echostream_cli import sam
from echostream_cli.errors import UserError
from echostream_cli.outputs import demo_user, outputs
from echostream_cli.sandbox import bootstrap, lifecycle, runtime
from echostream_cli.settings import Settings, load, load_running
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed


def main() -> None:
    parser = argparse.ArgumentParser(prog="echostream", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--lines", type=int, default=20, help="for logs: how many of each")
    parser.add_argument("--volumes", action="store_true", help="for down: what is stored goes too")
    arguments = parser.parse_args()
    try:
        is_up = arguments.command == "up"  # which chooses a mode itself
        settings = load() if is_up else runtime.running(load_running())
        sys.exit(COMMANDS[arguments.command](settings, arguments))
    except (UserError, ApiFailed, SignInFailed) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("\ninterrupted; `make up` goes on from here, `make down` stops", file=sys.stderr)
        sys.exit(130)


def _up(settings: Settings, _: argparse.Namespace) -> int:
    lifecycle.up(settings)
    return 0


def _build(settings: Settings, _: argparse.Namespace) -> int:
    sam.build(settings)
    return 0


def _bootstrap(settings: Settings, _: argparse.Namespace) -> int:
    bootstrap.bootstrap(settings)
    return 0


def _down(settings: Settings, arguments: argparse.Namespace) -> int:
    lifecycle.down(settings, arguments.volumes)
    return 0


def _reset(settings: Settings, _: argparse.Namespace) -> int:
    lifecycle.reset(settings)
    return 0


def _status(settings: Settings, _: argparse.Namespace) -> int:
    text, well = lifecycle.state(settings)
    print(text)
    return 0 if well else 1


def _logs(settings: Settings, arguments: argparse.Namespace) -> int:
    print(lifecycle.logs(settings, arguments.lines))
    return 0


def _outputs(settings: Settings, _: argparse.Namespace) -> int:
    for name, value in outputs(settings).items():
        print(f"{name}={value}")
    return 0


def _token(settings: Settings, _: argparse.Namespace) -> int:
    print(demo_user(settings, outputs(settings)).token())
    return 0


COMMANDS = {
    "up": _up,
    "build": _build,
    "bootstrap": _bootstrap,
    "down": _down,
    "reset": _reset,
    "status": _status,
    "logs": _logs,
    "outputs": _outputs,
    "token": _token,
}
