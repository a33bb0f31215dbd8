"""The report of a crawl: its log in the format of Glue's CloudWatch log, and its counts."""

import contextlib
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

LOG = logging.getLogger("companion")
LOG_GROUP = "/aws-glue/crawlers"
MOST_NAMED = 200
"""The most objects that are named; the others are counted, as in Glue."""
MOST_EVENTS = 1000


@dataclass(slots=True)
class CrawlReport:
    """The changes of one crawl, and the objects that it skipped.

    `left_out` gives the reason by the object's URI. `events` are (milliseconds since 1970, line).
    """

    crawler: str
    crawl_id: str
    left_out: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(
        default_factory=lambda: {"created": [], "updated": [], "deleted": []}
    )
    partition_counts: Counter[str] = field(default_factory=Counter)
    events: list[tuple[int, str]] = field(default_factory=list)

    def say(self, level: str, message: str) -> None:
        """One line: `[crawl id] INFO : Created table t in database d`."""
        line = f"[{self.crawl_id}] {level} : {message}"
        self.events.append((int(time.time() * 1000), line))

    def created(self, name: str, database: str) -> None:
        self.tables["created"].append(name)
        self.say("INFO", f"Created table {name} in database {database}")

    def updated(self, name: str, database: str, reason: str = "") -> None:
        self.tables["updated"].append(name)
        suffix = f" ({reason})" if reason else ""
        self.say("INFO", f"Updated table {name} in database {database}{suffix}")

    def deleted(self, name: str, database: str) -> None:
        self.tables["deleted"].append(name)
        self.say("INFO", f"Deleted table {name} in database {database}")

    def only_logged(self, change: str) -> None:
        self.say("INFO", f"{change}; the schema change policy is LOG")

    def partitions(
        self,
        action: str,
        table: str,
        partitions: Sequence[Mapping[str, Any]],
        errors: Sequence[Any],
    ) -> None:
        """Count created, updated or deleted partitions, and log those that failed."""
        self.partition_counts[action.lower()] += len(partitions) - len(errors)
        self.say("INFO", f"{action} {len(partitions) - len(errors)} partitions of table {table}")
        for error in errors:
            values = error.get("PartitionValues") or error.get("PartitionValueList")
            reason = error.get("ErrorDetail", {}).get("ErrorMessage", "")
            self.say("ERROR", f"Partition {values} of table {table}: {reason}")

    def leave_out(self, uri: str, reason: str) -> None:
        if uri not in self.left_out:
            self.left_out[uri] = reason
            if len(self.left_out) <= MOST_NAMED:
                self.say("WARN", f"Skipped {uri}: {reason}")

    def has_left_out(self, location: str) -> bool:
        return any(uri.startswith(location) for uri in self.left_out)

    def summary(self) -> str:
        """The counts in the format of ListCrawls: `{"TABLE": {"ADD": 1}, "PARTITION": {}}`."""
        names = {"created": "ADD", "updated": "UPDATE", "deleted": "DELETE"}
        tables = {
            names[change]: len(table_names)
            for change, table_names in self.tables.items()
            if table_names
        }
        partitions = {
            names[change]: count for change, count in self.partition_counts.items() if count
        }
        return json.dumps({"TABLE": tables, "PARTITION": partitions})

    def log(self, status: str, seconds: float) -> None:
        """Write one JSON line to the companion's log."""
        left_out = [
            {"object": uri, "reason": reason}
            for uri, reason in list(self.left_out.items())[:MOST_NAMED]
        ]
        line = {"event": "crawl", "crawler": self.crawler, "crawl_id": self.crawl_id}
        counts: dict[str, Any] = {
            f"tables_{change}": table_names for change, table_names in self.tables.items()
        }
        counts |= {f"partitions_{change}": count for change, count in self.partition_counts.items()}
        outcome = {
            "status": status,
            "seconds": round(seconds, 3),
            "objects_left_out": len(self.left_out),
        }
        LOG.info(json.dumps({**line, **outcome, **counts, "left_out": left_out}))

    def send(self, logs: Any) -> None:
        """Send the lines to CloudWatch Logs, one stream for each crawler, as Glue does.

        A failure is logged and does not fail the crawl.
        """
        try:
            _ensure_stream(logs, self.crawler)
            for first in range(0, len(self.events), MOST_EVENTS):
                events = self.events[first : first + MOST_EVENTS]
                logs.put_log_events(
                    logGroupName=LOG_GROUP,
                    logStreamName=self.crawler,
                    logEvents=[{"timestamp": at, "message": line} for at, line in events],
                )
        except (ClientError, BotoCoreError) as error:
            LOG.error(json.dumps({"event": "crawl_log_failed", "reason": str(error)}))


def _ensure_stream(logs: Any, name: str) -> None:
    exists = logs.exceptions.ResourceAlreadyExistsException
    with contextlib.suppress(exists):
        logs.create_log_group(logGroupName=LOG_GROUP)
    with contextlib.suppress(exists):
        logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=name)
