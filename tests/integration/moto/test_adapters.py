"""The tests of the adapters on the emulator, once more on moto: a second opinion.

The same tests as in tests/integration/echostream, with other fixtures. `differences.py` names those
that fail, because moto differs from AWS. Those of the document store are left out: they insert with
PartiQL, to which moto's server answers 500 (docs/parity.md). So are tests of many writers that
take long on moto.
"""

# ruff: noqa: F401

from tests.integration.echostream.test_dynamodb_alerts import TestDynamoDBAlerts
from tests.integration.echostream.test_dynamodb_counters import (
    TestDynamoDBCounters,
    counters,
    faults,
    test_cancelled_transactions_are_repeated,
    test_failure_and_second_delivery_count_once,
)
from tests.integration.echostream.test_dynamodb_destinations import TestDynamoDBDestinations
from tests.integration.echostream.test_dynamodb_ledger import (
    TestDynamoDBLedger,
    test_missing_table_is_an_operators_fault,
)
from tests.integration.echostream.test_kinesis_stream import (
    kinesis,
    test_largest_request_is_written,
    test_missing_stream_is_an_operators_fault,
    test_records_are_written_evenly,
)
from tests.integration.echostream.test_s3_audit import (
    bucket,
    changes,
    s3,
    test_copy_cannot_be_changed,
    test_repeat_writes_no_second_version,
)
from tests.integration.echostream.test_s3_lake import (
    test_missing_bucket_is_an_operators_fault,
    test_repeated_batch_is_one_object,
)
from tests.integration.echostream.test_s3_quarantine import (
    quarantine,
    test_item_is_added_once_replaced_and_removed,
)
from tests.integration.echostream.test_sns_mail import (
    test_address_has_one_subscription,
    test_ended_subscription_is_gone,
    test_message_is_for_its_destination_only,
    test_missing_topic_is_an_operators_fault,
    topic,
)
