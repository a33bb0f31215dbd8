"""A tenant whose documents are known, and a second one whose name begins with the first's.

Both have the same ids, authors and sources, in texts, times and numbers of their own. A test that
erases documents removes them from `documents` and `old`, so that the tests run in any order.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3

from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.codec import scored_to_wire, time_from_wire, time_to_wire
from echostream.domain.errors import BadRequest
from echostream.domain.lake import Batch
from echostream.domain.members import ALL_ROLES, Role
from echostream.domain.model import hour_of
from echostream.domain.quarantine import document_item
from echostream_cli.lake.compact import compact
from echostream_client.tenant_lake import Reader
from tests.accounts import Account
from tests.builders import scored

NUMBER, BATCH, OLD = 2_000, 500, 60
TEXTS = {
    "POSITIVE": "I love it, wonderful!",
    "NEGATIVE": "I hate it, awful, awful!",
    "NEUTRAL": "It is a table.",
}
AUTHORS = ("ann", "bea", "O'Hara 100% #1/2")
SOURCES = ("forum", "news", "shop")
PERIOD = timedelta(hours=46)

Wire = dict[str, Any]
HTTP = urllib3.PoolManager(maxsize=8, timeout=60, retries=False)


class Tenant:
    """A tenant, a member with all roles, and the tenant's documents as they were sent, by id.

    `old` are documents of yesterday, which are in the lake only, in a compacted file.
    """

    def __init__(self, settings: Any, sandbox: Any, name: str, seed: int) -> None:
        self.name, self.mark = name, f"[{name}]"
        self._settings, self._sandbox = settings, sandbox
        account = self.add(f"{name}-member")
        self.api, self.user, self.username = account.api, account.user, account.username
        self.reader = Reader(name, f"person#pool#{account.username}")
        self._url = sandbox["API_URL"]
        self.start = datetime.now(UTC).replace(second=0, microsecond=0) - PERIOD
        choice = random.Random(seed)  # noqa: S311
        moments = choice.sample(range(int(PERIOD.total_seconds()) * 1000), NUMBER)
        self.documents = {
            name: self._document(name, choice, self.start + timedelta(milliseconds=at))
            for name, at in zip((f"d{n:04}" for n in range(NUMBER)), moments, strict=True)
        }
        self.old = {f"old{n}": self._document(f"old{n}", choice, self.start) for n in range(OLD)}

    def _document(self, name: str, choice: random.Random, at: datetime) -> Wire:
        [sentiment] = choice.choices(list(TEXTS), [choice.randint(1, 9) for _ in TEXTS])
        return {
            "text": f"{self.mark} {TEXTS[sentiment]} {name}",
            "author": choice.choice(AUTHORS),
            "source": choice.choice(SOURCES),
            "created_at": time_to_wire(at),
        }

    def add(self, username: str, roles: frozenset[Role] = ALL_ROLES) -> Account:
        """A new member of this tenant, with a permanent password."""
        account = Account(self._settings, self._sandbox, username, self.name, roles)
        account.with_password()
        return account

    def load(self) -> None:
        """Send the documents, and wait until they are counted."""
        rows = [{"id": name, **document} for name, document in self.documents.items()]
        with ThreadPoolExecutor(2) as threads:
            starts = range(0, NUMBER, BATCH)
            responses = list(threads.map(lambda at: self.api.ingest(rows[at : at + BATCH]), starts))
        assert [response["accepted"] for response in responses] == [BATCH] * (NUMBER // BATCH)
        assert self.api.wait_until_counted(max(one["received_at"] for one in responses))

    def store_old(self, s3: Any, bucket: str) -> None:
        """Write what the lake has of yesterday, a document in quarantine, and a query's result."""
        at = datetime.now(UTC) - timedelta(days=1)
        rows = [
            {**scored_to_wire(scored(name, at=at)), **document}
            for name, document in self.old.items()
        ]
        S3Lake(s3, bucket).write("enriched", Batch(self.name, at, "old"), rows)
        row = {"id": "bad", "text": self.mark, "author": AUTHORS[-1], "created_at": "never"}
        item = document_item(self.name, row, BadRequest("invalid_time", "created_at"), at, at)
        S3Quarantine(s3, bucket).add(item)
        s3.put_object(Bucket=bucket, Key=f"results/tenant_id={self.name}/old.csv", Body=b"x")

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, bytes]:
        """The status and the body of the response to a request of this tenant's member."""
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        headers["Authorization"] = f"Bearer {self.user.token()}"
        response = HTTP.request(method, self._url + path, body, headers=headers, **options)
        return response.status, response.data

    def pages(self, limit: int = 500, **filters: Any) -> list[Wire]:
        """The documents of all pages."""
        documents, cursor = [], None
        while True:
            page = self.api.query(**filters, limit=limit, cursor=cursor)
            documents += page["documents"]
            cursor = page["cursor"]
            if cursor is None:
                return documents

    def expected(self, **filters: str) -> dict[str, str]:
        """The text of each document that the filters match, newest first."""
        newest = sorted(self.documents.items(), key=lambda one: _at(one[1]), reverse=True)
        return {name: one["text"] for name, one in newest if _matches(one, filters)}

    def recount(self, bucket: str, **filters: str) -> list[Wire]:
        """The buckets of `GET /stats` without their means, counted from what was sent."""
        counts: dict[datetime, Counter[str]] = {}
        for one in self.documents.values():
            if _matches(one, filters):
                hour = hour_of(_at(one))
                start = hour if bucket == "hour" else hour.replace(hour=0)
                counts.setdefault(start, Counter())[_sentiment(one)] += 1
        return [{"start": time_to_wire(at), **_counts(counts[at])} for at in sorted(counts)]

    def recount_sources(self) -> dict[str, int]:
        """The number of documents by source."""
        return dict(Counter(str(one["source"]) for one in self.documents.values()))

    def stats(self, bucket: str, **filters: str) -> list[Wire]:
        """The buckets of `GET /stats` without their means."""
        response = self.api.stats(bucket=bucket, **{"from": self.floor, **filters})
        return [{k: v for k, v in b.items() if k != "mean_compound"} for b in response["buckets"]]

    @property
    def floor(self) -> str:
        """The start of the first hour of the documents."""
        return time_to_wire(hour_of(self.start))

    def forget(self, **fields: str) -> int:
        """Remove documents that were erased from those that are expected; their number."""
        removed = 0
        for documents in (self.documents, self.old):
            for name in [n for n, one in documents.items() if _has({**one, "id": n}, fields)]:
                del documents[name]
                removed += 1
        return removed


def make(settings: Any, sandbox: Any, name: str) -> tuple[Tenant, Tenant]:
    """Two tenants with their documents stored, counted, and those of yesterday compacted."""
    tenants = Tenant(settings, sandbox, name, 1), Tenant(settings, sandbox, f"{name}-2", 2)
    s3 = settings.target.client("s3")
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(Tenant.load, tenants))
    for tenant in tenants:
        tenant.store_old(s3, sandbox["LAKE_BUCKET"])
    assert compact(settings.target)["failed"] == {}
    return tenants


def _has(document: Wire, fields: dict[str, str]) -> bool:
    return all(document[name] == value for name, value in fields.items())


def _matches(document: Wire, filters: dict[str, str]) -> bool:
    return (
        filters.get("source", document["source"]) == document["source"]
        and filters.get("sentiment", _sentiment(document)) == _sentiment(document)
        and ("from" not in filters or _at(document) >= time_from_wire("from", filters["from"]))
        and ("to" not in filters or _at(document) < time_from_wire("to", filters["to"]))
    )


def _at(document: Wire) -> datetime:
    return time_from_wire("created_at", document["created_at"])


def _sentiment(document: Wire) -> str:
    return next(label for label, text in TEXTS.items() if text in document["text"])


def _counts(sums: Counter[str]) -> dict[str, int]:
    labels = ("POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED", "UNSCORED")
    return {"total": sums.total(), **{label.lower(): sums[label] for label in labels}}
