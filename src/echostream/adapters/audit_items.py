"""Items of the audit log, to and from DynamoDB's attribute values.

pk                sk                 item
audit#T#<month>   <time>#<random>    an event; `expires_at` deletes it
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from echostream.adapters.table_items import Item
from echostream.adapters.table_keys import PARTITION, SORT, Query, months
from echostream.domain.audit import AuditEvent, AuditQuestion
from echostream.domain.model import sort_time

KIND = "audit"


def audit_item(event: AuditEvent, kept: timedelta) -> Item:
    return {
        PARTITION: {"S": _partition(event.tenant, event.id[:7])},
        SORT: {"S": event.id},
        "at": {"S": sort_time(event.at)},
        "actor": {"S": event.actor},
        "action": {"S": str(event.action)},
        "subject": {"S": event.subject},
        "details": {"M": {name: {"S": value} for name, value in event.details.items()}},
        "expires_at": {"N": str(int((event.at + kept).timestamp()))},
    }


def event_from_item(item: Mapping[str, Any]) -> AuditEvent:
    """The event of an item. Raises `KeyError` for an item of another kind."""
    return AuditEvent(
        item[PARTITION]["S"].split("#")[1],
        item[SORT]["S"],
        datetime.fromisoformat(item["at"]["S"]),
        item["actor"]["S"],
        item["action"]["S"],
        item["subject"]["S"],
        {name: value["S"] for name, value in item["details"]["M"].items()},
    )


def audit_queries(tenant: str, question: AuditQuestion, before: str | None) -> Iterator[Query]:
    """Selects the events of a question up to a position, with it: a query per month, newest first.

    An id is greater than the text of its time, so that events at the end are not selected.
    """
    first, last = sort_time(question.start), sort_time(question.end)
    last = last if before is None else min(last, before)
    for month in months(first[:7], last[:7]):
        values = {
            ":pk": {"S": _partition(tenant, month)},
            ":first": {"S": first},
            ":last": {"S": last},
        }
        query: Query = {
            "KeyConditionExpression": f"{PARTITION} = :pk AND {SORT} BETWEEN :first AND :last",
            "ScanIndexForward": False,
        }
        if question.action:
            values[":action"] = {"S": question.action.value}
            query["FilterExpression"] = "#action = :action"
            query["ExpressionAttributeNames"] = {"#action": "action"}
        yield {**query, "ExpressionAttributeValues": values}


def _partition(tenant: str, month: str) -> str:
    return f"{KIND}#{tenant}#{month}"
