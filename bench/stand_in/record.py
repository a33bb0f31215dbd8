"""Records Comprehend's responses: `python -m bench.stand_in.record --number 200`.

Sends texts in batches of 25 to the endpoint in the shell's AWS settings and appends each result to
the cassette, with its source. Texts with a recorded result are not sent again.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from aws_companion.comprehend.cassette import (
    FROM_AWS,
    Cassette,
    CorruptCassette,
    Recording,
    text_key,
)
from echostream.adapters.comprehend import MAX_BATCH, MAX_TEXT_BYTES
from echostream.adapters.paid_calls import MODEL_HEADER
from echostream.domain.prices import COMPREHEND_DOLLARS_PER_UNIT
from echostream.domain.spend import units_of
from echostream_cli.settings import load_running
from seed.dataset import DATASETS, documents

OPERATION = "DetectSentiment"
LANGUAGE = "en"
RETRIES = Config(retries={"mode": "adaptive", "total_max_attempts": 10})


class RecordingError(Exception):
    """An error that the user can correct. The message says how."""


def unrecorded_texts(cassette: Cassette, dataset: str, number: int) -> list[str]:
    """The texts of a fixed sample of a data set that have no recorded result, each once."""
    picked = dict.fromkeys(raw["text"] for raw in documents(dataset, number, datetime.now(UTC)))
    return [
        text
        for text in picked
        if len(text.encode()) <= MAX_TEXT_BYTES and not cassette.find(text, LANGUAGE, OPERATION)
    ]


def record(client: Any, cassette: Cassette, texts: Sequence[str]) -> Iterator[str | None]:
    """Send and record each text. Yields the source of each result, None for an error."""
    for start in range(0, len(texts), MAX_BATCH):
        batch = texts[start : start + MAX_BATCH]
        response = client.batch_detect_sentiment(TextList=batch, LanguageCode=LANGUAGE)
        source = _source(response)
        for result in response["ResultList"]:
            cassette.record(_recording(batch[result["Index"]], result, source))
            yield source
        yield from (None for _ in response["ErrorList"])


def _source(response: dict[str, Any]) -> str:
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    return str(headers.get(MODEL_HEADER, FROM_AWS))


def _recording(text: str, result: dict[str, Any], source: str) -> Recording:
    response = {name: value for name, value in result.items() if name != "Index"}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Recording(text_key(text, LANGUAGE), OPERATION, LANGUAGE, response, source, now)


def confirm(texts: Sequence[str], is_confirmed: bool) -> bool:
    """Print the cost and ask for consent. Raises `RecordingError` without a terminal."""
    total = units_of(texts)
    cost = total * COMPREHEND_DOLLARS_PER_UNIT
    price = COMPREHEND_DOLLARS_PER_UNIT
    print(f"{len(texts):,} texts, {total:,} units, ${cost:,.4f} at ${price} a unit")
    if is_confirmed or not texts:
        return True
    if not sys.stdin.isatty():
        raise RecordingError("stdin is not a terminal; pass --yes to record without confirmation")
    return input("Continue? [y/N] ").strip().lower() in ("y", "yes")


def run(arguments: argparse.Namespace) -> None:
    """Record the texts that have no recorded result. Raises `RecordingError`."""
    cassette = Cassette(arguments.cassettes, replay_any=True)
    texts = unrecorded_texts(cassette, arguments.dataset, arguments.number)
    if not confirm(texts, arguments.yes) or not texts:
        return
    client = boto3.client("comprehend", config=RETRIES)
    sources_by_text = list(
        tqdm(record(client, cassette, texts), total=len(texts), unit="text", ascii=True)
    )
    sources = sorted({source for source in sources_by_text if source is not None})
    failed = sources_by_text.count(None)
    recorded = len(sources_by_text) - failed
    print(f"recorded {recorded:,} responses from {', '.join(sources) or 'no source'}")
    if sources and sources != [FROM_AWS]:
        print("These are not from AWS: the companion replays them only with --replay-any.")
    if failed:
        raise RecordingError(f"{failed:,} texts have no result; run the command again")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stand_in.record")
    parser.add_argument("--number", type=int, default=1000, help="the number of texts")
    parser.add_argument("--dataset", choices=DATASETS, default="tweets")
    parser.add_argument("--cassettes", type=Path, default=load_running().cassettes)
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    return parser.parse_args()


def main() -> None:
    try:
        run(_arguments())
    except (RecordingError, CorruptCassette, BotoCoreError, ClientError) as error:
        sys.exit(_advice(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; the results so far are recorded")


def _advice(error: Exception) -> str:
    names = ("NoCredentialsError", "NoRegionError", "ProfileNotFound", "PartialCredentialsError")
    if type(error).__name__ in names:
        return f"{error}: set AWS credentials and region (`aws configure`, or AWS_PROFILE)"
    return f"cannot record: {error}"


if __name__ == "__main__":
    main()
