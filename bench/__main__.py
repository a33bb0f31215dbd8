"""Runs all benchmarks on a temporary sandbox with free ports: `make bench`."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from nltk.sentiment.vader import SentimentIntensityAnalyzer

from bench import frontends, lake_queries
from bench.measure import report, seconds, temporary_sandbox
from echostream.adapters.table_keys import document_key, documents_query
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_to_wire, to_json
from echostream.domain.document_store import TimePartition
from echostream.domain.model import Document, ScoredDocument, hour_of
from echostream_cli.errors import UserError
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.settings import Settings
from seed.dataset import documents, samples
from seed.send import BATCH, send

NUMBER = 4000
"""The number of documents to ingest."""
FIRST_SCORE = """
import sys
sys.path[:0] = sys.argv[1:]
from datetime import UTC, datetime
from echostream.adapters.vader import Vader
from echostream.domain.model import Document
now = datetime.now(UTC)
Vader().enrich([Document("a", "I love this", "x", now)], now)
"""
FIRST_SCORE_OF_NLTK = """
import sys
sys.path[:0] = sys.argv[1:]
from nltk.sentiment.vader import SentimentIntensityAnalyzer
SentimentIntensityAnalyzer().polarity_scores("I love this")
"""


def bench_ingest(settings: Settings, sandbox: dict[str, str]) -> None:
    """One client that sends batches, over bare BatchWriteItem calls with items of that size."""
    tweets = documents("tweets", NUMBER, datetime.now(UTC))
    client = api(settings, sandbox)
    send(client, tweets[:BATCH])
    sent = send(client, tweets)
    dynamodb = settings.target.client("dynamodb")
    items = [
        {**document_key("bench", tweet["id"]), "body": {"S": to_json(tweet)}} for tweet in tweets
    ]

    def write() -> None:
        for index in range(0, len(items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in items[index : index + 25]]
            dynamodb.batch_write_item(RequestItems={sandbox["TABLE_NAME"]: puts})

    ours, bare = NUMBER / sent.seconds, NUMBER / seconds(write)
    report("ingest", f"{ours:,.0f} documents/s", f"bare batch writes {bare:,.0f}/s", ours / bare)


def bench_query(settings: Settings, sandbox: dict[str, str]) -> None:
    """`GET /query` for 50 documents, over one bare DynamoDB query for 50 items."""
    client, dynamodb = api(settings, sandbox), settings.target.client("dynamodb")
    client.query(limit=1)
    partition = TimePartition(hour_of(datetime.now(UTC)), 0)
    table, query = sandbox["TABLE_NAME"], documents_query("demo", partition)
    ours = seconds(lambda: client.query(limit=50), 30)
    bare = seconds(lambda: dynamodb.query(TableName=table, **query, Limit=50), 30)
    baseline = f"bare query {bare * 1e3:.0f} ms"
    report("query, 50 documents", f"{ours * 1e3:.0f} ms", baseline, ours / bare)


def bench_enrichment() -> None:
    """Our engine, over NLTK's analyzer called directly."""
    now = datetime.now(UTC)
    tweets = [Document(s.id, s.text, "x", now) for s in samples("tweets")]
    engine, analyzer = Vader(), SentimentIntensityAnalyzer()
    engine.enrich(tweets[:1], now)
    ours = len(tweets) / seconds(lambda: engine.enrich(tweets, now), 3)
    bare = len(tweets) / seconds(lambda: [analyzer.polarity_scores(d.text) for d in tweets], 3)
    report("enrichment", f"{ours:,.0f} tweets/s", f"bare NLTK {bare:,.0f}/s", ours / bare)


def bench_cold_start(settings: Settings) -> None:
    """Import and first score of our engine with the layers, over those of the whole of NLTK.

    Both use the emulator's interpreter, which has no numpy or scikit-learn for NLTK to import.
    """
    python = ROOT / ".venv-emulator/bin/python"
    full, build = settings.state_dir / "nltk", settings.state_dir / "build"
    layers = [build / name / "python" for name in ("CoreLayer", "NlpLayer")]
    _copy_nltk(full)

    def run(code: str, *path: Path) -> float:
        environment = {"NLTK_DATA": str(Path(sys.prefix) / "nltk_data")}
        command: list[str | Path] = [python, "-c", code, *path]
        return seconds(lambda: subprocess.run(command, check=True, env=environment), 9)

    empty = run("pass")
    ours = run(FIRST_SCORE, *layers) - empty
    bare = run(FIRST_SCORE_OF_NLTK, full) - empty
    baseline = f"whole of NLTK {bare * 1e3:.0f} ms"
    report("cold start of the analyzer", f"{ours * 1e3:.0f} ms", baseline, ours / bare)


def _copy_nltk(folder: Path) -> None:
    """Copy NLTK and its dependencies, as `pip install nltk` would install them."""
    for name in ("nltk", "regex", "click", "joblib", "tqdm", "defusedxml"):
        package = Path(str(find_spec(name).origin)).parent  # type: ignore[union-attr]
        shutil.copytree(package, folder / name)


def bench_item_size() -> None:
    """The bytes of a stored tweet with its scores, over the bytes of its text (medians)."""
    now = datetime.now(UTC)
    first = samples("tweets")[:500]
    tweets = [Document(s.id, s.text, "twitter", now, language="en") for s in first]
    pairs = zip(tweets, Vader().enrich(tweets, now), strict=True)
    ours = median(len(to_json(scored_to_wire(ScoredDocument(*pair))).encode()) for pair in pairs)
    bare = median(len(tweet.text.encode()) for tweet in tweets)
    report("bytes a stored tweet", f"{ours:.0f}", f"text alone {bare:.0f}", ours / bare)


def bench_frontends(sandbox: dict[str, str]) -> None:
    """Requests, bytes and time of the page until its first chart, over those of the dashboard."""
    try:
        frontends.bench(sandbox)
    except UserError as error:
        print(f"  frontends not measured: {error}")


def main() -> None:
    with temporary_sandbox("echostream-bench", dashboard=True) as settings:
        sandbox = outputs(settings)
        bench_ingest(settings, sandbox)
        bench_query(settings, sandbox)
        bench_enrichment()
        bench_cold_start(settings)
        bench_item_size()
        bench_frontends(sandbox)
    with temporary_sandbox("echostream-bench-history") as settings:
        lake_queries.bench(settings)


if __name__ == "__main__":
    main()
