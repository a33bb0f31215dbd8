"""Starts the companion: `python -m aws_companion --port 4567 --emulator URL`."""

import argparse
import logging
import signal
import sys
from pathlib import Path

import uvicorn

from aws_companion.app import Companion
from aws_companion.athena.engine import Engine
from aws_companion.athena.service import AthenaService
from aws_companion.comprehend.cassette import Cassette, CorruptCassette
from aws_companion.comprehend.language import languages
from aws_companion.comprehend.model import SentimentModel
from aws_companion.comprehend.service import ComprehendService
from aws_companion.crawler.service import CrawlerService
from aws_companion.emulator import Emulator
from aws_companion.services import Service

GRACE_SECONDS = 5
"""How long requests may still take once the companion was told to stop."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m aws_companion", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4567)
    parser.add_argument("--emulator", default="http://localhost:4566", help="where it answers")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--cassettes", type=Path, default=Path(".sandbox/cassettes"))
    parser.add_argument(
        "--replay-any",
        action="store_true",
        help="replay what was recorded from a companion too, not from AWS alone",
    )
    return parser.parse_args()


def companion(cassettes: Path, emulator: Emulator, replay_any: bool = False) -> Companion:
    """The companion with its model loaded. CorruptCassette names a line that is none."""
    stand_in, cassette = SentimentModel.load(), Cassette(cassettes, replay_any)
    languages("ready")
    ready = {"model": f"stand-in/{stand_in.version}", "recorded_answers": len(cassette)}
    athena = AthenaService(Engine(emulator), emulator)
    services: list[Service] = [
        ComprehendService(stand_in, cassette),
        athena,
        CrawlerService(emulator),
    ]
    return Companion(services, emulator, ready, on_stop=athena.close)


def main() -> None:
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        emulator = Emulator(given.emulator, given.region)
        app = companion(given.cassettes, emulator, given.replay_any).app()
    except CorruptCassette as error:
        sys.exit(f"corrupt cassette: {error}")
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
