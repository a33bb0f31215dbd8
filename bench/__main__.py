"""Measure on a sandbox of its own, on free ports: `make bench`."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from nltk.sentiment.vader import SentimentIntensityAnalyzer

from bench import frontends, lake_queries
from bench.measure import own_sandbox, report, seconds
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_to_wire, to_json
from echostream.domain.model import Document, ScoredDocument
from echostream_cli.errors import UserError
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.settings import Settings
from seed.dataset import documents, samples
from seed.send import BATCH, send

NUMBER = 4000
COLD = """
import sys
sys.path[:0] = sys.argv[1:]
from nltk.sentiment.vader import SentimentIntensityAnalyzer
SentimentIntensityAnalyzer().polarity_scores("I love this")
"""


def bench_ingest(settings: Settings, found: dict[str, str]) -> None:
    """One client sending batches, over bare BatchWriteItem calls of items of the same size."""
    made = documents("tweets", NUMBER, datetime.now(UTC))
    client = api(settings, found)
    send(client, made[:BATCH], progress=False)
    sent = send(client, made, progress=False)
    dynamodb = settings.target.client("dynamodb")
    items = [
        {"pk": {"S": f"bench#{d['id']}"}, "sk": {"S": "doc"}, "document": {"S": to_json(d)}}
        for d in made
    ]

    def write() -> None:
        for index in range(0, len(items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in items[index : index + 25]]
            dynamodb.batch_write_item(RequestItems={found["TABLE_NAME"]: puts})

    ours, floor = NUMBER / sent.seconds, NUMBER / seconds(write)
    report("ingest", f"{ours:,.0f} documents/s", f"bare batch writes {floor:,.0f}/s", ours / floor)


def bench_query(settings: Settings, found: dict[str, str]) -> None:
    """`GET /query` for 50 documents, over one bare DynamoDB query for 50 items."""
    client, dynamodb = api(settings, found), settings.target.client("dynamodb")
    client.query(limit=1)
    today = datetime.now(UTC).date().isoformat()
    arguments: dict[str, Any] = {
        "TableName": found["TABLE_NAME"],
        "IndexName": "by_time",
        "KeyConditionExpression": "time_pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": f"time#demo#{today}#0"}},
        "Limit": 50,
    }
    ours = seconds(lambda: client.query(limit=50), 30)
    floor = seconds(lambda: dynamodb.query(**arguments), 30)
    bare = f"bare query {floor * 1e3:.0f} ms"
    report("query, 50 documents", f"{ours * 1e3:.0f} ms", bare, ours / floor)


def bench_enrichment() -> None:
    """Our engine over NLTK's analyzer called directly."""
    now = datetime.now(UTC)
    made = [Document(s.id, s.text, "x", now) for s in samples("tweets")]
    engine, analyzer = Vader(), SentimentIntensityAnalyzer()
    engine.enrich(made[:1], now)
    ours = len(made) / seconds(lambda: engine.enrich(made, now), 3)
    floor = len(made) / seconds(lambda: [analyzer.polarity_scores(d.text) for d in made], 3)
    report("enrichment", f"{ours:,.0f} tweets/s", f"bare NLTK {floor:,.0f}/s", ours / floor)


def bench_cold_start(settings: Settings) -> None:
    """The nlp layer scoring its first text, over the whole of NLTK doing so.

    Both on the emulator's interpreter, which has no numpy or scikit-learn for NLTK to import.
    """
    python = ROOT / ".venv-emulator/bin/python"
    whole, layer = settings.state_dir / "nltk", settings.state_dir / "build/NlpLayer/python"
    _copy_nltk(whole)

    def run(code: str, *path: Path) -> float:
        environment = {"NLTK_DATA": str(Path(sys.prefix) / "nltk_data")}
        command: list[str | Path] = [python, "-c", code, *path]
        return seconds(lambda: subprocess.run(command, check=True, env=environment), 9)

    empty = run("pass")
    ours, floor = run(COLD, layer) - empty, run(COLD, whole) - empty
    bare = f"whole of NLTK {floor * 1e3:.0f} ms"
    report("cold start of the analyzer", f"{ours * 1e3:.0f} ms", bare, ours / floor)


def _copy_nltk(folder: Path) -> None:
    """NLTK and what it needs, as `pip install nltk` would leave them."""
    for name in ("nltk", "regex", "click", "joblib", "tqdm", "defusedxml"):
        package = Path(str(find_spec(name).origin)).parent  # type: ignore[union-attr]
        shutil.copytree(package, folder / name)


def bench_item_size() -> None:
    """Bytes stored for a tweet with its scores, over the bytes of its text."""
    now = datetime.now(UTC)
    made = [Document(s.id, s.text, "twitter", now, language="en") for s in samples("tweets")[:500]]
    pairs = zip(made, Vader().enrich(made, now), strict=True)
    stored = [len(to_json(scored_to_wire(ScoredDocument(*pair))).encode()) for pair in pairs]
    text = [len(document.text.encode()) for document in made]
    ours, floor = median(stored), median(text)
    report("bytes a stored tweet", f"{ours:.0f}", f"text alone {floor:.0f}", ours / floor)


def bench_faces(found: dict[str, str]) -> None:
    """What the page weighs until it shows a chart, over the dashboard."""
    try:
        frontends.bench(found)
    except UserError as error:
        print(f"  the two faces were not weighed: {error}")


def main() -> None:
    with own_sandbox("echostream-bench", dashboard=True) as settings:
        found = outputs(settings)
        bench_ingest(settings, found)
        bench_query(settings, found)
        bench_enrichment()
        bench_cold_start(settings)
        bench_item_size()
        bench_faces(found)
    with own_sandbox("echostream-bench-history") as settings:
        lake_queries.bench(settings)


if __name__ == "__main__":
    main()
