"""The generated lake: real texts and scores, the pipeline's layout, reproducible bytes."""

import gzip
import json
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from bench.lake_generator import write
from bench.lake_plan import SHARES, Plan, batches, pool
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_from_wire
from echostream.domain.model import sentiment_of
from echostream.domain.validation import DOCUMENT_FIELDS
from tests.fakes import MemoryLake

PLAN = Plan("year", last=date(2026, 3, 31), days=10, documents=1500)


@pytest.fixture(scope="module")
def samples_of():
    return pool(20)


def lines_of(body):
    return [json.loads(line) for line in gzip.decompress(body).splitlines()]


def generate(plan, samples_of, **options):
    """The report of a run, and the objects by key."""
    lake = MemoryLake()
    return write(plan, lake, samples_of, **options), lake.objects


def test_numbers_of_days_add_up():
    """Every day has documents, and the sum is the planned number."""
    numbers = PLAN.numbers()
    assert list(numbers) == [date(2026, 3, day) for day in range(22, 32)]
    assert sum(numbers.values()) == PLAN.documents
    assert all(numbers.values())


def test_weekends_have_less_traffic():
    """Over a year, Sundays have less than Saturdays, and these less than Wednesdays."""
    numbers = Plan("year", date(2026, 12, 31), 364, 1_000_000).numbers()
    by_weekday = [sum(n for d, n in numbers.items() if d.weekday() == day) for day in range(7)]
    assert by_weekday[6] < by_weekday[5] < by_weekday[2]


@pytest.fixture(scope="module")
def lake(samples_of):
    """The report and the objects of one run of PLAN; tests only read them."""
    return generate(PLAN, samples_of)


def test_objects_are_in_the_partition_of_their_hour(lake):
    """The hour in which all of their documents were scored."""
    report, objects = lake
    assert report.objects == len(objects) > 0
    for key, body in objects.items():
        zone, tenant, day, hour, _name = key.split("/")
        assert (zone, tenant) == ("enriched", "tenant_id=year")
        [moment] = {line["enriched_at"] for line in lines_of(body)}
        assert (day, hour) == (f"dt={moment[:10]}", f"hour={moment[11:13]}")


def test_number_of_documents_is_the_planned_one(lake):
    """In total and on each day; ids are unique."""
    report, objects = lake
    by_day = dict.fromkeys(PLAN.numbers(), 0)
    ids = set()
    for key, body in objects.items():
        lines = lines_of(body)
        by_day[date.fromisoformat(key.split("dt=")[1][:10])] += len(lines)
        ids |= {line["id"] for line in lines}
    assert by_day == PLAN.numbers()
    assert len(ids) == report.documents == PLAN.documents


def test_lines_are_scored_documents(lake):
    """Their sources are those of the plan, and their scores are VADER's."""
    _, objects = lake
    scored = [scored_from_wire(line) for body in objects.values() for line in lines_of(body)]
    assert len(scored) == PLAN.documents
    assert {one.document.source for one in scored} <= SHARES.keys()
    assert all(one.document.created_at <= one.enrichment.enriched_at for one in scored)
    assert all(sentiment_of(one.enrichment.compound) is one.enrichment.sentiment for one in scored)
    documents = [one.document for one in scored[:50]]
    enrichments = Vader().enrich(documents, datetime.now(UTC))
    assert [one.compound for one in enrichments] == [one.enrichment.compound for one in scored[:50]]


def test_same_seed_gives_the_same_bytes(lake, samples_of):
    """In any order of the threads; another seed gives other documents."""
    _, first = lake
    _, second = generate(PLAN, samples_of)
    _, other = generate(Plan("year", PLAN.last, 10, 1500, seed=2), samples_of)
    assert first == second
    assert not first.keys() & other.keys()


def test_raw_objects_are_the_documents_without_scores(samples_of):
    """With `with_raw`, raw/ has an object for each object of enriched/."""
    _, objects = generate(PLAN, samples_of, with_raw=True)
    scored = {key.removeprefix("enriched/") for key in objects if key.startswith("enriched/")}
    raw = {key.removeprefix("raw/") for key in objects if key.startswith("raw/")}
    assert raw == scored
    key = min(raw)
    pairs = zip(lines_of(objects[f"raw/{key}"]), lines_of(objects[f"enriched/{key}"]), strict=True)
    assert all(document.items() <= line.items() for document, line in pairs)
    assert set(lines_of(objects[f"raw/{key}"])[0]) == set(DOCUMENT_FIELDS)


def test_batches_of_a_day_are_in_order_of_arrival(samples_of):
    """Each has about 25 documents."""
    day_batches = [batch for batch, _ in batches(PLAN, PLAN.last, 600, samples_of)]
    assert all(one.arrived_at <= other.arrived_at for one, other in pairwise(day_batches))
    assert 20 <= 600 / len(day_batches) <= 30


def test_progress_counts_every_document(samples_of):
    """The numbers that `progress` gets add up to the documents of the report."""
    numbers: list[int] = []
    report, _ = generate(PLAN, samples_of, progress=numbers.append)
    assert sum(numbers) == report.documents
