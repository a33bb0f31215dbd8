"""The composition root of the erase function, which needs most of the adapters."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from echostream.adapters.dynamodb_deletions import DynamoDBDeletions
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_tenant_items import DynamoDBTenantItems
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.adapters.s3_receipts import S3Receipts
from echostream.adapters.s3_rewrites import S3Rewrites
from echostream.adapters.sqs_erasures import SQSErasures
from echostream.domain.audit import Action
from echostream.domain.compaction import Report
from echostream.domain.erase import Erase, ErasePlace, Erasing
from echostream.domain.erase_lake import EraseLake
from echostream.domain.erase_places import (
    EXPIRED,
    EraseCompacted,
    EraseQuarantine,
    EraseResults,
    EraseTable,
)
from echostream.domain.erase_tenant import (
    EraseDerived,
    EraseTenantCompacted,
    EraseTenantLake,
    EraseTenantQuarantine,
)
from echostream.domain.erasure import Erasure, Kind, Place, Subject
from echostream.entrypoints import audit, erasure_requests, quarantine_requests, wiring
from echostream.entrypoints.access import Caller
from echostream.entrypoints.config import AccessSettings, CompactSettings, EraseSettings
from echostream.entrypoints.wiring import client, now


@cache
def settings() -> EraseSettings:
    return EraseSettings.read()


@cache
def erasing() -> Erasing:
    directory = DynamoDBDirectory(client("dynamodb"), wiring.table_settings().name)
    erase = Erase(
        wiring.erasures(),
        S3Receipts(client("s3"), settings().bucket),
        directory,
        _places(),
        settings().settle,
        timedelta(seconds=AccessSettings.read().seconds),
        now,
    )
    return Erasing(erase, SQSErasures(client("sqs"), settings().queue_url))


def request(caller: Caller, subject: Subject) -> Erasure:
    """Record an erasure in the audit log, by its id and without a name, and store it."""
    name = erasure_requests.new_id(now())
    audit.record(caller, Action.ERASURE_REQUEST, name, kind=subject.kind)
    return erasing().request(caller.tenant, name, subject)


@cache
def quarantine() -> S3Quarantine:
    return S3Quarantine(client("s3"), settings().bucket)


def discard(caller: Caller, name: str) -> None:
    """Record that an item of the quarantine is discarded, and delete it. Raises `NotFound`."""
    item = quarantine_requests.find(quarantine(), caller.tenant, name)
    audit.record(caller, Action.QUARANTINE_DISCARD, item.id)
    quarantine().remove(item)


def _places() -> dict[Kind, dict[Place, ErasePlace]]:
    table, s3 = wiring.table_settings(), client("s3")
    bucket, settle = settings().bucket, settings().settle
    deletions = DynamoDBDeletions(client("dynamodb"), table.name, time.sleep)
    lake, files = S3Rewrites(s3, bucket), S3LakeFiles(s3, bucket)
    catalog = GlueCatalog(client("glue"), CompactSettings.read().database)
    shared: dict[Place, ErasePlace] = {
        "table": EraseTable(wiring.store(), deletions, table.retention),
        "results": EraseResults(lake, now),
    }
    of_documents: dict[Place, ErasePlace] = {
        **shared,
        "raw": EraseLake("raw", lake, deletions, now, settle / 6),
        "enriched": EraseLake("enriched", lake, deletions, now, settle / 6),
        "quarantine": EraseQuarantine(quarantine(), lake),
        "compacted": EraseCompacted(_compact, catalog, files, now, settle),
    }
    items = DynamoDBTenantItems(client("dynamodb"), table.name, table.retention + EXPIRED)
    of_tenants: dict[Place, ErasePlace] = {
        **shared,
        "raw": EraseTenantLake("raw", lake, deletions),
        "enriched": EraseTenantLake("enriched", lake, deletions),
        "quarantine": EraseTenantQuarantine(lake),
        "compacted": EraseTenantCompacted(catalog, lake),
        "derived": EraseDerived(items, wiring.erasures(), now),
    }
    return {"document": of_documents, "author": of_documents, "tenant": of_tenants}


def _compact(at: datetime, days: Sequence[str]) -> Report:
    return wiring.compaction()(at, rewritten=days)
