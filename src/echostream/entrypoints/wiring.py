"""The composition root: creates the adapters on first use, from the settings.

`tenant` has the adapters for the requests of one tenant, with credentials for its data only. The
others have the credentials of the function, or those of an operator.
"""

import gc
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session, get_session

from echostream import __version__
from echostream.adapters.comprehend import Comprehend
from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_erasures import DynamoDBErasures
from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.paid_calls import PaidCalls, TimeBudget
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.tenant_sessions import Credentials, TenantSessions
from echostream.adapters.vader import Vader
from echostream.domain.cascade import Cascade
from echostream.domain.engine import Engine
from echostream.domain.ingest import Ingest
from echostream.domain.languages import EnglishOnly
from echostream.domain.reuse_scores import ReuseStoredScores
from echostream.domain.spend import BEDROCK, BEDROCK_UNITS_PER_CENT, SpendGuard, Watch, ignore
from echostream.entrypoints import telemetry
from echostream.entrypoints.config import (
    AccessSettings,
    CompactSettings,
    DigestSettings,
    IngestSettings,
    ProcessorSettings,
    TableSettings,
    TenantSettings,
)

if TYPE_CHECKING:
    from echostream.adapters.dynamodb_alerts import DynamoDBAlerts
    from echostream.domain.compaction import Compaction
    from echostream.domain.consume import Consume
    from echostream.domain.digest.writing import LanguageModel
    from echostream.domain.enqueue import Enqueue
    from echostream.domain.lake_retention import LakeRetention

USER_AGENT = f"echostream/{__version__}"
"""In each call of AWS; botocore needs as long as for a small response to describe itself."""
CONFIG = Config(
    parameter_validation=False,
    retries={"mode": "standard", "max_attempts": 5},
    connect_timeout=2,
    read_timeout=10,
    user_agent=USER_AGENT,
)
_ONCE = Config(
    retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=4, user_agent=USER_AGENT
)
"""For calls that our own code retries, so that botocore does not: a paid call reserves units again,
and a write to the stream sends only the records that failed."""
_LEDGER = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1},
    connect_timeout=1,
    read_timeout=2,
    user_agent=USER_AGENT,
)
"""For the ledger: a repeated release could release twice, and paid calls have a budget of time."""
_MODEL = Config(
    retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=8, user_agent=USER_AGENT
)
"""For a language model, which writes for some seconds; our own code retries."""
_STS = Config(
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=1,
    read_timeout=3,
    user_agent=USER_AGENT,
)
WRITE_MARGIN = 7.0
"""Seconds of a call that starts last, and of the response."""
PAID_SHARE = 0.5
"""Of an invocation's time, in which calls of Comprehend may begin. The rest is for calls that began
last, 5 s, and to store the documents: of 29 s, 9.5 s."""
_paid_time = TimeBudget()


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def begin_invocation(remaining_milliseconds: int) -> None:
    """Note the time that the function has left. A process serves one invocation at a time."""
    _paid_time.begin(PAID_SHARE * remaining_milliseconds / 1000)


@cache
def client(service: str, config: Config = CONFIG) -> Any:
    """The client of a service, made on first use. It is botocore's, which loads without boto3."""
    return _new_client(service, config)


def _new_client(service: str, config: Config, **credentials: Any) -> Any:
    """Create a client, with garbage collection off: it consists of many thousand objects."""
    gc.disable()
    try:
        return session().create_client(service, config=config, **credentials)
    finally:
        gc.enable()


@cache
def session() -> Session:
    """The session that all clients share."""
    return get_session()


@cache
def table_settings() -> TableSettings:
    return TableSettings.read()


@cache
def store() -> DynamoDBStore:
    return _store(client("dynamodb"))


def _store(dynamodb: Any) -> DynamoDBStore:
    settings = table_settings()
    store = DynamoDBStore(dynamodb, settings.name, settings.retention, settings.shards)
    store.remember(settings.memory)
    return store


@cache
def counters() -> DynamoDBCounters:
    return _counters(client("dynamodb"))


def _counters(dynamodb: Any) -> DynamoDBCounters:
    settings = table_settings()
    table = settings.name, settings.retention, settings.counter_shards
    counters = DynamoDBCounters(dynamodb, *table)
    counters.remember(settings.memory)
    return counters


def counters_of(name: str) -> DynamoDBCounters:
    """The counters with a tenant's credentials; with its own in a function without sessions."""
    return tenant(name).counters if TenantSettings.is_set() else counters()


@cache
def erasures() -> DynamoDBErasures:
    return DynamoDBErasures(client("dynamodb"), table_settings().name, now)


@cache
def ingest() -> Ingest:
    return _ingest(store(), client("s3"))


def _ingest(store: DynamoDBStore, s3: Any) -> Ingest:
    settings = ProcessorSettings.read()
    lake = S3Lake(s3, settings.bucket)
    retention = table_settings().retention
    return Ingest(partial(_engine_for, settings, store), lake, store, retention, now)


class TenantAdapters:
    """The adapters of a session of a tenant; see `adapters.tenant_sessions`."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials.arguments()

    @cached_property
    def store(self) -> DynamoDBStore:
        return _store(self.dynamodb)

    @cached_property
    def counters(self) -> DynamoDBCounters:
        return _counters(self.dynamodb)

    @cached_property
    def alerts(self) -> "DynamoDBAlerts":
        from echostream.adapters.dynamodb_alerts import DynamoDBAlerts

        return DynamoDBAlerts(self.dynamodb, table_settings().name)

    @cached_property
    def ingest(self) -> Ingest:
        return _ingest(self.store, self._client("s3"))

    @cached_property
    def dynamodb(self) -> Any:
        return self._client("dynamodb")

    def _client(self, service: str) -> Any:
        return _new_client(service, CONFIG, **self._credentials)


def tenant(name: str) -> TenantAdapters:
    """The adapters of a tenant. Raises `TryAgain` if STS issues no credentials."""
    return tenant_sessions().of(name)


@cache
def tenant_sessions() -> TenantSessions[TenantAdapters]:
    role = TenantSettings.read().role
    return TenantSessions(client("sts", _STS), role, TenantAdapters, now)


@cache
def enqueue() -> "Enqueue":
    """Imports what only the stream path needs, as `consume` does."""
    from echostream.adapters.kinesis_stream import KinesisStream
    from echostream.domain.enqueue import Enqueue

    stream = KinesisStream(client("kinesis", _ONCE), IngestSettings.read().stream)
    return Enqueue(stream, table_settings().retention)


@cache
def consume() -> "Consume":
    from echostream.adapters.dynamodb_directory import DynamoDBDirectory
    from echostream.adapters.s3_quarantine import S3Quarantine
    from echostream.domain.consume import Consume
    from echostream.entrypoints.privacy_cache import PrivacyCache

    quarantine = S3Quarantine(client("s3"), ProcessorSettings.read().bucket)
    directory = DynamoDBDirectory(client("dynamodb"), table_settings().name)
    privacy_of = PrivacyCache(directory.privacy, AccessSettings.read().seconds)
    return Consume(ingest(), quarantine, erasures(), privacy_of)


def engine(name: str, settings: ProcessorSettings, tenant: str, watch: Watch = ignore) -> Engine:
    """An engine by name. Its paid calls count against a tenant's caps."""
    free = free_engine()
    if name == "vader":
        return free
    caps = settings.tenant_cap, settings.total_cap
    guard = SpendGuard(ledger(), tenant, *caps, watch, watch_lost=telemetry.not_released)
    calls = PaidCalls(client("comprehend", _ONCE), guard, _paid_time.left)
    paid = Comprehend(calls, free)
    return paid if name == "comprehend" else Cascade(free, paid)


def _engine_for(settings: ProcessorSettings, store: DynamoDBStore, tenant: str) -> Engine:
    """The engine for new documents of a tenant."""
    configured = engine(settings.engine, settings, tenant, watch=telemetry.spent)
    if settings.engine == "vader":
        return configured
    return ReuseStoredScores(configured, store, tenant)


@cache
def vader() -> Vader:
    return Vader()


@cache
def free_engine() -> EnglishOnly:
    """VADER, for documents that are in English or may be. Imports what only scoring needs."""
    from echostream.adapters.language_detector import LanguageDetector

    return EnglishOnly(vader(), LanguageDetector())


@cache
def ledger() -> DynamoDBLedger:
    return DynamoDBLedger(client("dynamodb", _LEDGER), table_settings().name)


def language_model(tenant: str) -> "LanguageModel | None":
    """The model that writes digests; None without one. Its calls count against a tenant's caps."""
    from echostream.adapters.bedrock import BedrockModel, TokenPrices

    settings = DigestSettings.read()
    if not settings.model:
        return None
    unit = BEDROCK_UNITS_PER_CENT
    caps = settings.tenant_cap * unit, settings.total_cap * unit
    guard = SpendGuard(
        ledger(), tenant, *caps, telemetry.spent, BEDROCK, watch_lost=telemetry.not_released
    )
    prices = TokenPrices(settings.input_price, settings.output_price)
    return BedrockModel(client("bedrock-runtime", _MODEL), settings.model, guard, prices)


@cache
def compaction() -> "Compaction":
    """Imports what only the compaction needs, which is not a part of the other functions' start."""
    from echostream.adapters.athena import Athena
    from echostream.adapters.glue_catalog import GlueCatalog
    from echostream.adapters.s3_lake_files import S3LakeFiles
    from echostream.domain.compaction import Compaction

    settings = CompactSettings.read()
    return Compaction(
        Athena(client("athena"), settings.workgroup, settings.database),
        GlueCatalog(client("glue"), settings.database),
        S3LakeFiles(client("s3"), settings.bucket),
        table_settings().retention,
    )


@cache
def lake_retention() -> "LakeRetention":
    """Imports what only the compaction needs."""
    from echostream.adapters.dynamodb_directory import DynamoDBDirectory
    from echostream.adapters.glue_catalog import GlueCatalog
    from echostream.adapters.s3_rewrites import S3Rewrites
    from echostream.domain.lake_retention import LakeRetention

    settings = CompactSettings.read()
    directory = DynamoDBDirectory(client("dynamodb"), table_settings().name)
    return LakeRetention(
        directory.tenants,
        S3Rewrites(client("s3"), settings.bucket),
        GlueCatalog(client("glue"), settings.database),
    )
