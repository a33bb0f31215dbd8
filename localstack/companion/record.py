"""Records what Comprehend says: `python -m localstack.companion.record --number 200`.

Asks whatever endpoint the shell's AWS settings name, in batches of 25, and keeps the answers in
the cassette as they come, with where they came from. What was recorded is not asked again.
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

from echostream.adapters.comprehend import MAX_BATCH, MAX_TEXT_BYTES, MODEL_HEADER
from echostream.domain.prices import COMPREHEND_DOLLARS_PER_UNIT
from echostream.domain.spend import units_of
from echostream_cli.settings import load_running
from localstack.companion.cassette import FROM_AWS, Cassette, CorruptCassette, Line, key_of
from seed.dataset import DATASETS, documents

OPERATION = "DetectSentiment"
LANGUAGE = "en"
RETRIES = Config(retries={"mode": "adaptive", "total_max_attempts": 10})


class CannotRecord(Exception):
    """Something that the person at the keyboard can put right. The message says how."""


def missing(cassette: Cassette, dataset: str, number: int) -> list[str]:
    """The texts among a fixed pick of a data set that were not recorded, each once."""
    picked = dict.fromkeys(raw["text"] for raw in documents(dataset, number, datetime.now(UTC)))
    return [
        text
        for text in picked
        if len(text.encode()) <= MAX_TEXT_BYTES and not cassette.find(text, LANGUAGE, OPERATION)
    ]


def record(client: Any, cassette: Cassette, texts: Sequence[str]) -> Iterator[str | None]:
    """Asks for each text and keeps the answers. Gives where each came from, None for an error."""
    for start in range(0, len(texts), MAX_BATCH):
        batch = texts[start : start + MAX_BATCH]
        answer = client.batch_detect_sentiment(TextList=batch, LanguageCode=LANGUAGE)
        source = _source(answer)
        for result in answer["ResultList"]:
            cassette.record(_line(batch[result["Index"]], result, source))
            yield source
        yield from (None for _ in answer["ErrorList"])


def _source(answer: dict[str, Any]) -> str:
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return str(headers.get(MODEL_HEADER, FROM_AWS))


def _line(text: str, result: dict[str, Any], source: str) -> Line:
    answer = {name: value for name, value in result.items() if name != "Index"}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Line(key_of(text, LANGUAGE), OPERATION, LANGUAGE, answer, source, now)


def confirm(texts: Sequence[str], sure: bool) -> bool:
    """Says what it will cost and asks. CannotRecord where nobody is there to answer."""
    total = units_of(texts)
    cost = total * COMPREHEND_DOLLARS_PER_UNIT
    price = COMPREHEND_DOLLARS_PER_UNIT
    print(f"{len(texts):,} texts, {total:,} units, ${cost:,.4f} at ${price} a unit")
    if sure or not texts:
        return True
    if not sys.stdin.isatty():
        raise CannotRecord("nobody is there to say yes: pass --yes to record without being asked")
    return input("Continue? [y/N] ").strip().lower() in ("y", "yes")


def run(given: argparse.Namespace) -> None:
    """Records what is missing. CannotRecord for what the person at the keyboard can put right."""
    cassette = Cassette(given.cassettes, replay_any=True)
    texts = missing(cassette, given.dataset, given.number)
    if not confirm(texts, given.yes) or not texts:
        return
    client = boto3.client("comprehend", config=RETRIES)
    came = list(tqdm(record(client, cassette, texts), total=len(texts), unit="text", ascii=True))
    sources = sorted({source for source in came if source is not None})
    print(
        f"recorded {len(came) - came.count(None):,} answers from {', '.join(sources) or 'nobody'}"
    )
    if sources and sources != [FROM_AWS]:
        print("These are not AWS's: the companion replays them only with --replay-any.")
    if None in came:
        raise CannotRecord(
            f"{came.count(None):,} texts got no answer: run it again to ask for them"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localstack.companion.record")
    parser.add_argument("--number", type=int, required=True, help="how many texts of the data set")
    parser.add_argument("--dataset", choices=DATASETS, default="tweets")
    parser.add_argument("--cassettes", type=Path, default=load_running().cassettes)
    parser.add_argument("--yes", action="store_true", help="do not ask before spending")
    return parser.parse_args()


def main() -> None:
    try:
        run(_arguments())
    except (CannotRecord, CorruptCassette, BotoCoreError, ClientError) as error:
        sys.exit(_advice(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; what was answered so far is recorded")


def _advice(error: Exception) -> str:
    names = ("NoCredentialsError", "NoRegionError", "ProfileNotFound", "PartialCredentialsError")
    if type(error).__name__ in names:
        return f"{error}: set AWS credentials and region (`aws configure`, or AWS_PROFILE)"
    return f"cannot record: {error}"


if __name__ == "__main__":
    main()
