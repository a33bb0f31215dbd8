"""Real tweets through the pipeline: from the HTTP API to the table, the counts and the lake."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from echostream.adapters.language_detector import LanguageDetector
from echostream.adapters.vader import Vader
from echostream.domain.codec import time_from_wire, time_to_wire
from echostream.domain.languages import EnglishOnly
from echostream.domain.model import Document
from echostream_client.send import send
from seed.dataset import documents
from tests.counted import wait_until_counted

NUMBER = 700


@pytest.fixture(scope="module")
def tweets(client):
    """The tweets that the fixture sends to the API, by id."""
    batch = documents("tweets", NUMBER, datetime.now(UTC))
    batch = [{**document, "id": f"pipeline-{document['id']}"} for document in batch]
    result = send(client, batch)
    assert (result.accepted, result.rejected) == (NUMBER, [])
    assert client.wait_until_counted(result.received_at)
    return {document["id"]: document for document in batch}


def list_documents(client, **parameters):
    """All documents that the parameters of /query match, page by page."""
    cursor = None
    while True:
        page = client.query(**parameters, limit=200, cursor=cursor)
        yield from page["documents"]
        cursor = page["cursor"]
        if not cursor:
            return


def read_lake(settings, sandbox, zone):
    """All rows of the demo tenant in a zone of the lake."""
    s3 = settings.target.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=sandbox["LAKE_BUCKET"], Prefix=f"{zone}/tenant_id=demo/"
    )
    for page in pages:
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=sandbox["LAKE_BUCKET"], Key=item["Key"])["Body"].read()
            yield from (json.loads(line) for line in gzip.decompress(body).splitlines())


def test_query_returns_every_tweet_with_its_score(client, tweets):
    """Paging returns each document once, newest first, with the score of the free engine."""
    stored = [d for d in list_documents(client) if d["id"] in tweets]
    assert sorted(d["id"] for d in stored) == sorted(tweets)
    times = [time_from_wire("created_at", d["created_at"]) for d in stored]
    assert times == sorted(times, reverse=True)
    engine, now = EnglishOnly(Vader(), LanguageDetector()), datetime.now(UTC)
    for document in stored:
        tweet = tweets[document["id"]]
        assert document["text"] == tweet["text"]
        assert document["source"] == tweet["source"]
        identity = (tweet["id"], tweet["text"], tweet["source"], now)
        sent = Document(*identity, language=tweet.get("language"))
        [score] = engine.enrich([sent], now)
        assert (document["compound"], document["unscored"]) == (score.compound, score.unscored)


def test_lake_contains_raw_and_enriched_documents(settings, sandbox, tweets):
    """raw/ contains each document exactly as its sender sent it, enriched/ each with its score."""
    wait_until_counted(settings)
    raw = list(read_lake(settings, sandbox, "raw"))
    assert all(tweet in raw for tweet in tweets.values())
    enriched = {d["id"]: d for d in read_lake(settings, sandbox, "enriched") if d["id"] in tweets}
    assert enriched.keys() == tweets.keys()
    assert all(-1 <= d["compound"] <= 1 for d in enriched.values())


def test_repeated_documents_are_counted_once(settings, client, tweets):
    """/stats counts each document once, by hour, by day and by source, after repeated sends."""

    def get_total():
        wait_until_counted(settings)
        by_hour, by_day = client.stats(), client.stats(bucket="day")
        sums = {sum(b["total"] for b in s["buckets"]) for s in (by_hour, by_day)}
        sums.add(sum(source["total"] for source in by_hour["sources"]))
        assert len(sums) == 1
        return sums.pop()

    before = get_total()
    assert before >= NUMBER
    assert send(client, list(tweets.values())).accepted == NUMBER
    undated = [{"id": d["id"], "text": d["text"]} for d in list(tweets.values())[:50]]
    assert client.ingest(undated)["accepted"] == 50
    assert get_total() == before


def test_query_filters_agree_with_stats(settings, client, tweets):
    """/query returns as many documents of a source and a sentiment as /stats counts."""
    wait_until_counted(settings)
    counts = {s["source"]: s for s in client.stats()["sources"]}
    matches = list(list_documents(client, source="bluesky", sentiment="NEGATIVE"))
    assert len(matches) == counts["bluesky"]["negative"] > 0
    assert {(d["source"], d["sentiment"]) for d in matches} == {("bluesky", "NEGATIVE")}


def test_text_is_returned_unchanged(client, name):
    """Emoji, combining marks, newlines, NUL and other control characters stay as they are."""
    texts = [
        "\U0001f469\u200d\U0001f680 e\u0301",
        "\u202eright\u202c to left \u05e9\u05dc\u05d5\u05dd",
        "line\r\nline\ttab",
        "\u0000\u0001\u001f\u007f\u0085",
        "\u2028\u2029\ufeff\ufffd",
        "<script>alert(1)</script> {{x}} %s \\u0041",
    ]
    batch = [{"id": f"{name}-{i}", "text": t, "source": name} for i, t in enumerate(texts)]
    assert client.ingest(batch)["accepted"] == len(texts)
    stored = {d["id"]: d["text"] for d in list_documents(client, source=name)}
    assert stored == {d["id"]: d["text"] for d in batch}


def test_period_includes_its_start_and_excludes_its_end(client, tweets):
    """`from` is inclusive, `to` exclusive."""
    times = sorted(time_from_wire("created_at", d["created_at"]) for d in tweets.values())
    start, end = time_to_wire(times[100]), time_to_wire(times[160])
    period = {"from": start, "to": end}
    stored = {d["id"] for d in list_documents(client, **period) if d["id"] in tweets}
    expected = {
        d["id"]
        for d in tweets.values()
        if times[100] <= time_from_wire("created_at", d["created_at"]) < times[160]
    }
    assert expected
    assert stored == expected
