"""Writes to Kinesis: calls within the limits, keys, and the records that are sent again."""

from collections import Counter

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from echostream.adapters.kinesis_stream import KinesisStream
from echostream.domain.errors import CallRefused

FAILED = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
WRITTEN = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}


class Kinesis:
    """Refuses some records of each call, by the call's number; None is a call without a response.

    A text is the code of an error of the whole call. A call takes a second.
    """

    def __init__(self, *refused):
        self.calls = []
        self.now = 0.0
        self._refused = list(refused)

    def put_records(self, StreamName, Records):  # noqa: N803
        self.calls.append(Records)
        self.now += 1
        refused = self._refused.pop(0) if self._refused else ()
        if refused is None:
            raise ConnectTimeoutError(endpoint_url="https://kinesis")
        if isinstance(refused, str):
            raise ClientError({"Error": {"Code": refused, "Message": "no"}}, "PutRecords")
        return {"Records": [FAILED if i in refused else WRITTEN for i in range(len(Records))]}

    def sleep(self, seconds):
        self.now += seconds

    @property
    def data(self):
        """The data of each record of each call."""
        return [[record["Data"] for record in call] for call in self.calls]


def write(kinesis, records, seconds=20.0, tenant="acme"):
    stream = KinesisStream(kinesis, "stream", kinesis.sleep, lambda: kinesis.now)
    return stream.write(tenant, records, seconds)


def test_only_failed_records_are_sent_again():
    """Until each is written; each attempt has the records that the last one refused."""
    kinesis = Kinesis({1, 3}, {0}, ())
    assert write(kinesis, [b"a", b"b", b"c", b"d"]) == [""] * 4
    assert kinesis.data == [[b"a", b"b", b"c", b"d"], [b"b", b"d"], [b"b"]]


def test_call_without_response_is_sent_again():
    """Nobody knows what was written; a repeat is harmless."""
    kinesis = Kinesis(None, ())
    assert write(kinesis, [b"a", b"b"]) == ["", ""]
    assert kinesis.data == [[b"a", b"b"], [b"a", b"b"]]


def test_record_that_fails_for_the_whole_time_is_reported():
    """With Kinesis's reason; no attempt begins after the end of the time."""
    kinesis = Kinesis(*([{1}] + [{0}] * 100))
    reasons = write(kinesis, [b"a", b"b"], seconds=20)
    assert reasons == ["", FAILED["ErrorCode"]]
    assert 5 < len(kinesis.calls) <= 20
    assert kinesis.now <= 21


def test_stream_without_response_is_reported():
    """All records, with the reason."""
    reasons = write(Kinesis(*[None] * 100), [b"a", b"b"])
    assert len(set(reasons)) == 1
    assert "kinesis" in reasons[0]


def test_throttled_call_is_sent_again():
    """All its records."""
    kinesis = Kinesis("ThrottlingException", ())
    assert write(kinesis, [b"a", b"b"]) == ["", ""]
    assert kinesis.data == [[b"a", b"b"], [b"a", b"b"]]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_call_that_no_repeat_can_mend_is_not_sent_again(code):
    """The sender gets an error at once, and not after the function's time."""
    kinesis = Kinesis(code)
    with pytest.raises(CallRefused, match=rf"stream: .*{code}.*PutRecords"):
        write(kinesis, [b"a", b"b"])
    assert len(kinesis.calls) == 1


def test_second_call_does_not_begin_after_the_end():
    """Its records are reported as not written."""
    kinesis = Kinesis()
    reasons = write(kinesis, [b"a"] * 501, seconds=1)
    assert reasons == [""] * 500 + ["late"]
    assert len(kinesis.calls) == 1


@pytest.mark.parametrize(
    ("number", "size", "calls"), [(501, 10, 2), (11, 500_000, 2), (9, 500_000, 1)]
)
def test_calls_are_within_the_limits(number, size, calls):
    """500 records and 5 MB."""
    kinesis = Kinesis()
    assert write(kinesis, [b"x" * size] * number) == [""] * number
    assert len(kinesis.calls) == calls
    for records in kinesis.calls:
        assert len(records) <= 500
        assert sum(len(r["Data"]) + len(r["PartitionKey"]) for r in records) <= 5_000_000


def shards_of(kinesis, number):
    """The shards that the records go to, in a stream of this many equal shards."""
    hashes = [int(record["ExplicitHashKey"]) for call in kinesis.calls for record in call]
    assert all(0 <= point < 2**128 for point in hashes)
    return Counter(point * number // 2**128 for point in hashes)


@pytest.mark.parametrize("number", [1, 2, 4, 8])
def test_records_of_a_tenant_heat_no_shard(number):
    """Each shard gets as many as the others."""
    kinesis = Kinesis()
    write(kinesis, [b"x"] * 80)
    assert shards_of(kinesis, number) == dict.fromkeys(range(number), 80 // number)


def test_tenant_reaches_eight_shards_of_a_large_stream():
    """The others stay free for other tenants, which have other shards."""
    shards = []
    for tenant in ("acme", "other"):
        kinesis = Kinesis()
        write(kinesis, [b"x"] * 80, tenant=tenant)
        shards.append(set(shards_of(kinesis, 64)))
    assert [len(reached) for reached in shards] == [8, 8]
    assert shards[0] != shards[1]


def test_single_records_spread_too():
    """A sender of one document a request does not fill one shard."""
    kinesis = Kinesis()
    for _ in range(200):
        write(kinesis, [b"x"])
    assert len(shards_of(kinesis, 8)) == 8
