"""The generator of months of lake: real texts and scores, our own layout, always the same."""

import gzip
import json
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from bench.lake_generator import SHARES, Plan, batches, pool, write
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_from_wire
from echostream.domain.model import sentiment_of
from tests.fakes import MemoryLake

PLAN = Plan("year", last=date(2026, 3, 31), days=10, documents=1500)


@pytest.fixture(scope="module")
def samples_of():
    return pool(20)


def lines_of(body):
    return [json.loads(line) for line in gzip.decompress(body).splitlines()]


def written(plan, samples_of, **options):
    lake = MemoryLake()
    return write(plan, lake, samples_of, **options), lake.objects


def test_days_add_up():
    """Every day up to the last one has documents, and together they are all."""
    numbers = PLAN.numbers()
    assert list(numbers) == [date(2026, 3, day) for day in range(22, 32)]
    assert sum(numbers.values()) == PLAN.documents
    assert all(numbers.values())


def test_weekends_are_quieter():
    """Over a year a Sunday brings less than a Wednesday."""
    numbers = Plan("year", date(2026, 12, 31), 364, 1_000_000).numbers()
    of_weekday = [sum(n for d, n in numbers.items() if d.weekday() == day) for day in range(7)]
    assert of_weekday[6] < of_weekday[5] < of_weekday[2]


@pytest.fixture(scope="module")
def lake(samples_of):
    """What was done, and the objects, of one run of PLAN; tests only read them."""
    return written(PLAN, samples_of)


def test_objects_lie_where_the_pipeline_puts_them(lake):
    """Each in the partition of the hour in which all its documents were scored."""
    done, objects = lake
    assert done.objects == len(objects)
    for key, body in objects.items():
        zone, tenant, day, hour, _name = key.split("/")
        assert (zone, tenant) == ("enriched", "tenant_id=year")
        [moment] = {line["enriched_at"] for line in lines_of(body)}
        assert (day, hour) == (f"dt={moment[:10]}", f"hour={moment[11:13]}")


def test_documents_are_as_many_as_planned(lake):
    """In all and on each day, each under an id of its own."""
    done, objects = lake
    by_day = dict.fromkeys(PLAN.numbers(), 0)
    ids = set()
    for key, body in objects.items():
        lines = lines_of(body)
        by_day[date.fromisoformat(key.split("dt=")[1][:10])] += len(lines)
        ids |= {line["id"] for line in lines}
    assert by_day == PLAN.numbers()
    assert len(ids) == done.documents == PLAN.documents


def test_lines_are_scored_documents(lake):
    """They read back as documents of known sources with the scores that VADER gives."""
    _, objects = lake
    scored = [scored_from_wire(line) for body in objects.values() for line in lines_of(body)]
    assert {one.document.source for one in scored} <= SHARES.keys()
    assert all(one.document.created_at <= one.enrichment.enriched_at for one in scored)
    assert all(sentiment_of(one.enrichment.compound) is one.enrichment.sentiment for one in scored)
    documents = [one.document for one in scored[:50]]
    again = Vader().enrich(documents, datetime.now(UTC))
    assert [one.compound for one in again] == [one.enrichment.compound for one in scored[:50]]


def test_the_same_seed_gives_the_same_bytes(lake, samples_of):
    """Whatever the threads do; another seed gives other documents."""
    _, first = lake
    _, second = written(PLAN, samples_of)
    _, other = written(Plan("year", PLAN.last, 10, 1500, seed=2), samples_of)
    assert first == second
    assert not first.keys() & other.keys()


def test_raw_is_what_was_sent(samples_of):
    """With `raw` every object of enriched/ has one beside it, without scores."""
    _, objects = written(PLAN, samples_of, with_raw=True)
    scored = {key.removeprefix("enriched/") for key in objects if key.startswith("enriched/")}
    raw = {key.removeprefix("raw/") for key in objects if key.startswith("raw/")}
    assert raw == scored
    key = min(raw)
    pairs = zip(lines_of(objects[f"raw/{key}"]), lines_of(objects[f"enriched/{key}"]), strict=True)
    assert all(sent == {name: line[name] for name in sent} for sent, line in pairs)
    assert "scores" not in lines_of(objects[f"raw/{key}"])[0]


def test_a_day_arrives_in_order(samples_of):
    """The batches of a day come one after the other, some 25 documents each."""
    made = [batch for batch, _ in batches(PLAN, PLAN.last, 600, samples_of)]
    assert all(one.arrived_at <= other.arrived_at for one, other in pairwise(made))
    assert 20 <= 600 / len(made) <= 30


def test_progress_hears_of_every_document(samples_of):
    """What the bar is told adds up to what was written."""
    heard = []
    done, _ = written(PLAN, samples_of, progress=heard.append)
    assert sum(heard) == done.documents
