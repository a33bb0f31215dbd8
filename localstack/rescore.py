"""Scores stored documents with another engine and keeps both words: `make rescore ENGINE=...`."""

import argparse
import itertools
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tqdm import tqdm

from echostream import wiring
from echostream.config import ENGINES, ProcessorSettings
from echostream.errors import TryAgain
from echostream.model import ScoredDocument
from echostream.query import Question, newest
from echostream.store import DocumentStore
from localstack import deploy, members
from localstack.settings import SandboxError, Settings, load_running

BATCH = 250


def rescore(
    store: DocumentStore, tenant: str, engine: str, settings: ProcessorSettings
) -> Counter[str]:
    """Score what the engine has not scored yet. Counts by outcome.

    An engine that falls back has said nothing new, and leaves the document as it is.
    """
    scorer = wiring.engine(engine, settings, tenant)
    done: Counter[str] = Counter()
    unscored = (s for s in stored(store, tenant) if engine not in engines_of(s))
    with tqdm(unit=" documents") as bar:
        while batch := list(itertools.islice(unscored, BATCH)):
            said = scorer.enrich([s.document for s in batch], datetime.now(UTC))
            for scored, enrichment in zip(batch, said, strict=True):
                if enrichment.fallback or enrichment.engine in engines_of(scored):
                    done[enrichment.fallback or f"already by {enrichment.engine}"] += 1
                else:
                    kept = store.add_other(tenant, scored, enrichment)
                    done["scored" if kept else "changed meanwhile"] += 1
            bar.update(len(batch))
    return done


def engines_of(scored: ScoredDocument) -> set[str]:
    """The engines that have scored a document."""
    return {scored.enrichment.engine, *(other.engine for other in scored.others)}


def stored(store: DocumentStore, tenant: str) -> Iterator[ScoredDocument]:
    """Every stored document of a tenant, newest first."""
    now = datetime.now(UTC)
    kept = wiring.table_settings().retention
    whole, position = Question(now - kept, now + timedelta(hours=1)), None
    while True:
        page = newest(store, tenant, whole, 500, position)
        yield from page.documents
        position = page.position
        if not position:
            return


def function_environment(settings: Settings) -> dict[str, str]:
    """The processor's own settings, as deployed, and the emulator's address."""
    found = deploy.stack(settings)
    if not found or found["StackStatus"] not in deploy.SETTLED:
        raise SandboxError("no sandbox is running here; start one with: make up")
    name = deploy.resource(settings, "ProcessorFunction")
    configuration = deploy.client(settings, "lambda").get_function_configuration(FunctionName=name)
    return {**configuration["Environment"]["Variables"], **settings.aws_environment()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m localstack.rescore", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, required=True)
    arguments = parser.parse_args()
    try:
        os.environ.update(function_environment(load_running()))
        done = rescore(
            wiring.store(), members.DEMO_TENANT, arguments.engine, ProcessorSettings.read()
        )
    except (SandboxError, TryAgain) as error:
        sys.exit(f"error: {error}")
    print(", ".join(f"{what} {number}" for what, number in done.items()) or "nothing to score")


if __name__ == "__main__":
    main()
