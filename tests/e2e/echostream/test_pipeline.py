"""Real tweets in over HTTP, and out again everywhere: API, lake, table, counts."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from nltk.sentiment.vader import SentimentIntensityAnalyzer

from echostream.domain.codec import time_from_wire, time_to_wire
from seed.dataset import documents
from seed.send import send

NUMBER = 700


@pytest.fixture(scope="module")
def tweets(client):
    """Tweets that were sent, as they were sent, by id."""
    made = documents("tweets", NUMBER, datetime.now(UTC))
    made = [{**document, "id": f"pipeline-{document['id']}"} for document in made]
    sent = send(client, made, progress=False)
    assert (sent.accepted, sent.rejected) == (NUMBER, [])
    return {document["id"]: document for document in made}


def everything(client, **parameters):
    cursor = None
    while True:
        page = client.query(**parameters, limit=200, cursor=cursor)
        yield from page["documents"]
        cursor = page["cursor"]
        if not cursor:
            return


def of_lake(settings, sandbox, zone):
    s3 = settings.target.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=sandbox["LAKE_BUCKET"], Prefix=f"{zone}/tenant_id=demo/"
    )
    for page in pages:
        for found in page.get("Contents", []):
            body = s3.get_object(Bucket=sandbox["LAKE_BUCKET"], Key=found["Key"])["Body"].read()
            yield from (json.loads(line) for line in gzip.decompress(body).splitlines())


def test_every_tweet_comes_back_once_scored_as_nltk_scores_it(client, tweets):
    """Paging gives each document once, newest first, with NLTK's compound."""
    found = [d for d in everything(client) if d["id"] in tweets]
    assert sorted(d["id"] for d in found) == sorted(tweets)
    times = [time_from_wire("created_at", d["created_at"]) for d in found]
    assert times == sorted(times, reverse=True)
    analyzer = SentimentIntensityAnalyzer()
    for document in found:
        sent = tweets[document["id"]]
        assert document["text"] == sent["text"]
        assert document["source"] == sent["source"]
        assert document["compound"] == analyzer.polarity_scores(sent["text"])["compound"]


def test_the_lake_holds_what_was_sent(settings, sandbox, tweets):
    """raw/ has each document exactly as sent, enriched/ each with its score."""
    raw = list(of_lake(settings, sandbox, "raw"))
    assert all(tweet in raw for tweet in tweets.values())
    enriched = {d["id"]: d for d in of_lake(settings, sandbox, "enriched") if d["id"] in tweets}
    assert enriched.keys() == tweets.keys()
    assert all(-1 <= d["compound"] <= 1 for d in enriched.values())


def test_counts_add_up_and_repeats_do_not_count(client, tweets):
    """/stats counts each document once, by hour, by day and by source, however often it came."""

    def totals():
        by_hour, by_day = client.stats(), client.stats(bucket="day")
        sums = {sum(b["total"] for b in s["buckets"]) for s in (by_hour, by_day)}
        sums.add(sum(source["total"] for source in by_hour["sources"]))
        assert len(sums) == 1
        return sums.pop()

    before = totals()
    assert before >= NUMBER
    assert send(client, list(tweets.values()), progress=False).accepted == NUMBER
    undated = [{"id": d["id"], "text": d["text"]} for d in list(tweets.values())[:50]]
    assert client.ingest(undated)["accepted"] == 50
    assert totals() == before


def test_filters_agree_with_counts(client, tweets):
    """What /query finds for a source and a sentiment is what /stats counted."""
    counted = {s["source"]: s for s in client.stats()["sources"]}
    found = list(everything(client, source="bluesky", sentiment="NEGATIVE"))
    assert len(found) == counted["bluesky"]["negative"] > 0
    assert {(d["source"], d["sentiment"]) for d in found} == {("bluesky", "NEGATIVE")}


def test_text_comes_back_as_sent(client, name):
    """Emoji, marks, newlines, NUL and other control characters are text."""
    texts = [
        "\U0001f469\u200d\U0001f680 e\u0301",
        "\u202eright\u202c to left \u05e9\u05dc\u05d5\u05dd",
        "line\r\nline\ttab",
        "\u0000\u0001\u001f\u007f\u0085",
        "\u2028\u2029\ufeff\ufffd",
        "<script>alert(1)</script> {{x}} %s \\u0041",
    ]
    sent = [{"id": f"{name}-{i}", "text": t, "source": name} for i, t in enumerate(texts)]
    assert client.ingest(sent)["accepted"] == len(texts)
    found = {d["id"]: d["text"] for d in everything(client, source=name)}
    assert found == {d["id"]: d["text"] for d in sent}


def test_a_period(client, tweets):
    """from and to cut exactly."""
    times = sorted(time_from_wire("created_at", d["created_at"]) for d in tweets.values())
    start, end = time_to_wire(times[100]), time_to_wire(times[160])
    found = [d for d in everything(client, **{"from": start, "to": end}) if d["id"] in tweets]
    assert len(found) == 60
