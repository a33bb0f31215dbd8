"""Change sets that delete the stream of the ingest path."""

import pytest

from echostream_cli.deploy import change_set
from echostream_cli.deploy.change_set import Change, ChangeSet
from echostream_cli.errors import UserError
from tests.unit.echostream_cli.fake_target import NOTHING_ACCEPTED

STREAM = Change("Remove", "Stream", "AWS::Kinesis::Stream", "")
WRITER = Change("Remove", "IngestFunction", "AWS::Lambda::Function", "")


def test_stream_is_not_deleted_with_its_writer():
    """Nothing would read what was just accepted; after IngestPath=drain only the stream is left."""
    with pytest.raises(UserError, match=r"IngestPath=drain first.*ACCEPT=replace"):
        change_set.require_no_data_loss(ChangeSet("arn", (STREAM, WRITER)), NOTHING_ACCEPTED)
    change_set.require_no_data_loss(ChangeSet("arn", (STREAM, WRITER)), frozenset({"replace"}))
    change_set.require_no_data_loss(ChangeSet("arn", (STREAM,)), NOTHING_ACCEPTED)
    change_set.require_no_data_loss(ChangeSet("arn", (WRITER,)), NOTHING_ACCEPTED)
