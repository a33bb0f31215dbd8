"""Simulations of contention: exact, repeatable, and what they say of 1.0 and of today."""

import pytest

from echostream.domain.errors import TryAgain
from echostream_cli.scale import senders, stream_readers
from echostream_cli.scale.senders import START, TENANT, simulate, write_1_0, write_today

WRITERS = pytest.mark.parametrize("writer_of", [write_1_0, write_today])


def of_one_sender(result):
    return result.documents_per_second / result.senders


@WRITERS
def test_simulation_is_the_same_for_a_seed(writer_of):
    """To the time of each document in the table; another one for another seed."""
    first, again, other = (simulate(writer_of, 5, 1.0, seed) for seed in (1, 1, 2))
    assert first[0] == again[0]
    assert first[1].items == again[1].items
    assert first[1].items != other[1].items


@WRITERS
def test_no_document_is_lost_or_invented(writer_of):
    """The table has what senders got a response for; after a 503 they send it again."""
    accepted = set()

    def recorded(client, clock):
        write = writer_of(client, clock)

        def write_and_record(scored):
            write(scored)
            accepted.add((f"doc#{TENANT}#{scored.document.id}", "doc"))

        return write_and_record

    result, client = simulate(recorded, 100, 2.0)
    stored = {name for name in client.items if name[0].startswith("doc#")}
    assert stored >= accepted
    assert len(stored - accepted) <= result.senders
    assert len(accepted) >= result.stored > 100


def test_senders_of_one_source_cancelled_each_other_in_1_0():
    """With 50 of them: 135 to 236 documents a second and 1.3 to 3.6% 503s had been computed."""
    result, _ = simulate(write_1_0, 50, 30.0)
    assert 135 <= result.documents_per_second <= 236
    assert 0.013 <= result.share_failed <= 0.036
    assert result.cancelled > result.stored


def test_senders_of_one_source_do_not_meet_today():
    """Fifty of them: nothing is cancelled, so no 503 is from contention.

    They may be throttled: without a function and an API, they exceed the units of a partition.
    """
    result, client = simulate(write_today, 50, 3.0)
    assert (result.cancelled, client.seen["TransactionConflict"]) == (0, 0)
    assert result.failed == 0 or result.throttled > 10 * result.failed
    calm, _ = simulate(write_today, 10, 3.0)
    assert (calm.cancelled, calm.throttled, calm.failed) == (0, 0, 0)
    before, _ = simulate(write_1_0, 50, 3.0)
    assert result.documents_per_second > 4 * before.documents_per_second


def test_today_senders_side_by_side_are_as_fast_as_alone():
    """Until the units of a partition are used up."""
    one, ten = (simulate(write_today, number, 3.0)[0] for number in (1, 10))
    assert of_one_sender(ten) == pytest.approx(of_one_sender(one), rel=0.05)


def test_503_of_a_writer_is_counted():
    """The share is that of requests."""
    fails = [True, False]

    def writer_of(client, clock):
        def write(_):
            clock.sleep(0.25)
            fails.append(fails.pop(0))
            if fails[-1]:
                raise TryAgain("busy")

        return write

    result, _ = simulate(writer_of, 1, 1.9)
    assert (result.stored, result.failed) == (3, 4)
    assert result.share_failed == pytest.approx(4 / 7)


def test_readers_count_each_change_once():
    """Whatever is cancelled: the counters have the changes that were delivered."""
    result = stream_readers.simulate(4, 1, 2.0)
    assert result.cancelled > 0
    assert result.counted == result.delivered >= result.changes > 20_000


def test_readers_of_shards_meet_unless_counters_have_shards():
    """One reader meets nobody; more of them meet less with more counters."""
    alone = stream_readers.simulate(1, 1, 2.0)
    assert alone.cancelled == 0
    one, many = (stream_readers.simulate(4, shards, 3.0) for shards in (1, 16))
    assert one.share_cancelled > many.share_cancelled
    assert many.changes_per_second > 3.5 * alone.changes_per_second


def test_simulation_of_readers_is_the_same_for_a_seed():
    """It draws from the seed only."""
    assert stream_readers.simulate(2, 1, 1.0) == stream_readers.simulate(2, 1, 1.0)


def test_documents_of_the_simulation_take_one_unit():
    """An item of up to 1 KB, as a tweet has."""
    document = senders.make_document("a", START)
    assert 100 <= len(document.document.text) <= 280
