"""Sends sample documents through `POST /ingest`: `python -m seed.send --help`."""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tqdm import tqdm

from echostream_client.api import ApiClient, ApiFailed, SignInFailed
from localstack.outputs import api, outputs
from localstack.settings import SandboxError, load_running
from seed.dataset import DATASETS, documents

BATCH = 250


@dataclass
class Sent:
    """What became of everything that was sent."""

    accepted: int = 0
    rejected: list[Mapping[str, Any]] = field(default_factory=list)
    seconds: float = 0.0


def send(client: ApiClient, made: Sequence[Mapping[str, Any]], progress: bool = True) -> Sent:
    """Send documents in batches, oldest first. Raises `ApiFailed` where the API gives up."""
    sent = Sent()
    start = time.monotonic()
    with tqdm(total=len(made), unit=" documents", disable=not progress) as bar:
        for index in range(0, len(made), BATCH):
            batch = made[index : index + BATCH]
            answer = client.ingest(batch)
            sent.accepted += answer["accepted"]
            sent.rejected += [{**r, "id": batch[r["index"]].get("id")} for r in answer["rejected"]]
            bar.update(len(batch))
    sent.seconds = time.monotonic() - start
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m seed.send", description=__doc__)
    parser.add_argument("--number", type=int, default=1000, help="how many documents")
    parser.add_argument("--dataset", choices=DATASETS, default="tweets")
    arguments = parser.parse_args()
    if arguments.number < 1:
        parser.error("--number: must be 1 or more")
    try:
        settings = load_running()
        made = documents(arguments.dataset, arguments.number, datetime.now(UTC))
        if len(made) < arguments.number:
            print(f"{arguments.dataset} holds {len(made)} documents; sending all of them")
        sent = send(api(settings, outputs(settings)), made)
    except (SandboxError, ApiFailed, SignInFailed) as error:
        sys.exit(f"error: {error}")
    rate = sent.accepted / sent.seconds
    print(f"accepted {sent.accepted}, rejected {len(sent.rejected)}, {rate:,.0f} documents/s")
    for rejection in sent.rejected[:5]:
        print(f"  {rejection['id']}: {rejection['message']}")
    sys.exit(1 if sent.rejected else 0)


if __name__ == "__main__":
    main()
