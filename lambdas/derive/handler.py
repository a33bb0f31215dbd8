"""From the table's stream: writes new documents to the lake, adds all changes to the counters.

With AuditLock, changes of the audit log are copied to a bucket.

The counters are last, because they move the position in the stream.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.adapters import table_stream
from echostream.entrypoints import audit, derive_wiring, telemetry, wiring

logger = Logger()


@logger.inject_lambda_context
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    records, shard = event["Records"], event.get("shardId", "")
    objects = derive_wiring.archive()(table_stream.new_documents_of(records))
    audit.copy(records)
    changes = derive_wiring.leave_out_deleted()(list(table_stream.changes_of(records)))
    is_behind = table_stream.is_full(records, derive_wiring.settings().batch_size)
    wiring.counters().add(shard, changes, is_behind)
    logger.info("derived", changes=len(changes), objects=objects, shard=shard, is_behind=is_behind)
    return {"state": {}}
