"""Starts the server: `aws-companion --port 4567 --emulator http://localhost:4566`."""

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

import uvicorn

from aws_companion import __version__
from aws_companion.allowed_hosts import SETTING
from aws_companion.app import Companion
from aws_companion.comprehend.cassette import CorruptCassette
from aws_companion.emulator import Emulator
from aws_companion.responses import LOG
from aws_companion.services import InvalidOptions, Options, load_services

KEY = "OPENAI_API_KEY"
"""The variable with the key for the server of `--openai-url`."""
SHUTDOWN_SECONDS = 5
"""How long open requests may still take after SIGTERM."""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="aws-companion",
        description="Answers Athena, Bedrock, Glue crawlers and Comprehend beside an AWS emulator.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=4567, help="port to listen on")
    parser.add_argument(
        "--emulator", default="http://localhost:4566", help="address of the AWS emulator"
    )
    parser.add_argument("--region", default="us-east-1", help="region of the emulator's resources")
    parser.add_argument(
        "--cassettes",
        type=Path,
        default=Path("cassettes"),
        help="folder of recorded Comprehend responses; need not exist",
    )
    parser.add_argument(
        "--replay-any",
        action="store_true",
        help="also replay responses that were recorded from a companion, not from AWS",
    )
    parser.add_argument(
        "--openai-url",
        default="",
        help="server with OpenAI's API that answers Bedrock's requests; none: the stand-in",
    )
    parser.add_argument("--openai-model", default="", help="name of the model on that server")
    parser.add_argument("--version", action="version", version=__version__)
    return parser.parse_args()


def create_companion(
    emulator: Emulator, options: Options, allowed_hosts: Iterable[str] = ()
) -> Companion:
    """The companion with every installed service.

    Raises `CorruptCassette` and `InvalidOptions`.
    """
    services, missing = load_services(emulator, options)
    return Companion(services, emulator, missing, allowed_hosts)


def options_of(arguments: argparse.Namespace) -> Options:
    """The services' options; the key is a variable, so that no list of processes shows it."""
    return Options(
        arguments.cassettes,
        arguments.replay_any,
        arguments.openai_url,
        arguments.openai_model,
        os.environ.get(KEY, "").strip(),
    )


def main() -> None:
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    emulator = Emulator(arguments.emulator, arguments.region)
    try:
        hosts = os.environ.get(SETTING, "").split(",")
        companion = create_companion(emulator, options_of(arguments), hosts)
    except CorruptCassette as error:
        sys.exit(f"corrupt cassette: {error}")
    except InvalidOptions as error:
        sys.exit(f"error: {error}")
    for service in companion.missing:
        LOG.warning(json.dumps({"event": "service_not_installed", "reason": service.message}))
    address = f"http://{arguments.host}:{arguments.port}"
    line = {"event": "starting", "address": address, "emulator": arguments.emulator}
    LOG.info(json.dumps({**line, "services": companion.services}))
    uvicorn.run(
        companion.app(),
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
