"""Sends sample documents through `POST /ingest`."""

import argparse
import sys
from datetime import UTC, datetime

from echostream_cli.errors import UserError
from echostream_cli.outputs import api, outputs
from echostream_cli.settings import load_running
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed
from seed.dataset import DATASETS, documents
from seed.send import send


def main() -> None:
    parser = argparse.ArgumentParser(prog="echostream seed", description=__doc__)
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
    except (UserError, ApiFailed, SignInFailed) as error:
        sys.exit(f"error: {error}")
    rate = sent.accepted / sent.seconds
    print(f"accepted {sent.accepted}, rejected {len(sent.rejected)}, {rate:,.0f} documents/s")
    for rejection in sent.rejected[:5]:
        print(f"  {rejection['id']}: {rejection['message']}")
    sys.exit(1 if sent.rejected else 0)


if __name__ == "__main__":
    main()
