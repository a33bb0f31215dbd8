"""A documents table with content, for tests of backups."""

from datetime import timedelta

from echostream.adapters.dynamodb_alerts import DynamoDBAlerts
from echostream.adapters.dynamodb_destinations import DynamoDBDestinations
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_keys import DERIVED, kind_of
from echostream.domain.alerts.alert import ALL, Alert
from echostream.domain.alerts.destinations import Destination, Kind
from echostream.domain.live_sources import LiveSource, Progress
from echostream.domain.members import ALL_ROLES, Identity, Member
from echostream.domain.query import Question, newest
from tests.builders import NOW, RATED, RETENTION, scored

KEYS = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]
SHARDS = 2
ANN = Member(Identity("person", "pool_1", "ann"), "acme", ALL_ROLES, "ann", NOW)
"""The member in the table."""
NEWS = LiveSource("acme", "news", "rss", {"feed": "news.example"}, timedelta(hours=1), 9, NOW)
"""The live source in the table."""
MAIL = Destination("acme", "mail", Kind.EMAIL, NOW, False, "ann@example.org", subscription="arn")
"""The destination for alerts in the table."""
WHOLE = Question(NOW - timedelta(hours=21), NOW + timedelta(hours=1))
"""All documents, on two days: each further day costs a query to every shard."""


def create_table(client, name, keys=KEYS, **options):
    attributes = {key["AttributeName"] for key in keys} | {"time_pk", "time_sk"}
    client.create_table(
        TableName=name,
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in attributes],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_time",
                "KeySchema": [
                    {"AttributeName": "time_pk", "KeyType": "HASH"},
                    {"AttributeName": "time_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        **options,
    )
    return DynamoDBStore(client, name, RETENTION, SHARDS)


def fill_table(client, name="before"):
    """A table with documents of two tenants; of one a member, a source and a destination."""
    store = create_table(client, name)
    for tenant in ("acme", "globex"):
        documents = [
            scored(
                f"d{n}",
                at=NOW - timedelta(hours=4 * n),
                compound=n / 6,
                source=f"s{n % 3}",
                **RATED,
            )
            for n in range(6)
        ]
        store.put(tenant, documents, NOW)
    directory = DynamoDBDirectory(client, name)
    directory.create_tenant("acme", NOW)
    directory.add(ANN)
    store.mark_received("acme", NOW)
    DynamoDBLedger(client, name).reserve("all", "2026-05", 70, 100)
    sources = DynamoDBLiveSources(client, name, lambda: NOW)
    sources.add(NEWS)
    sources.save(NEWS, Progress(NOW), {"at": 7})
    DynamoDBDestinations(client, name).add(MAIL)
    DynamoDBAlerts(client, name).save("acme", Alert(ALL, NOW, NOW + timedelta(hours=1), (), NOW))
    return store


def read(store):
    """The documents of both tenants."""
    return [newest(store, tenant, WHOLE, 500).documents for tenant in ("acme", "globex")]


def get_expiries(client, table):
    """By key, of the items that a restore copies."""
    scan = client.scan(TableName=table)["Items"]
    items = [item for item in scan if kind_of(item) not in DERIVED]
    return {(i["pk"]["S"], i["sk"]["S"].split("#")[0]): i.get("expires_at") for i in items}
