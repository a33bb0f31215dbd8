"""Settings from the environment, read once, in one frozen class per purpose."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from echostream.domain.engine import ENGINES
from echostream.domain.errors import ConfigError
from echostream.domain.quotas import Quotas


class _Environment:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str:
        value = self._environ.get(name, "")
        if not value:
            raise ConfigError(f"{name}: required, not set")
        return value

    def natural(self, name: str) -> int:
        value = self.text(name)
        if not (value.isascii() and value.isdigit()):
            raise ConfigError(f"{name}: must be a whole number, 0 or more, is {value!r}")
        return int(value)

    def positive(self, name: str) -> int:
        value = self.natural(name)
        if value == 0:
            raise ConfigError(f"{name}: must be a whole number above 0, is {value!r}")
        return value

    def price(self, name: str) -> float:
        value = self.text(name)
        if not re.fullmatch(r"\d{1,4}(\.\d{1,6})?", value, re.ASCII):
            raise ConfigError(f"{name}: must be a price such as 0.035, is {value!r}")
        return float(value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise ConfigError(f"{name}: must be one of {', '.join(allowed)}, is {value!r}")
        return value

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false")) == "true"


def has_release_metrics(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a call is also counted by the version of its function; false where it is not set."""
    return "RELEASE_METRICS" in environ and _Environment(environ).flag("RELEASE_METRICS")


@dataclass(frozen=True, slots=True)
class TableSettings:
    """The documents table: its name, its shards and those of the counters, its retention.

    `window` is the time for which Lambda collects changes of the table. `memory` are the seconds
    for which a process remembers what is listed of a tenant. The rounds in which a tenant is
    deleted are further apart, so that nothing is remembered when its name is used again.
    """

    name: str
    shards: int
    counter_shards: int
    retention: timedelta
    window: timedelta
    memory: float = 120.0

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            name=read.text("TABLE_NAME"),
            shards=read.positive("SHARDS"),
            counter_shards=read.positive("COUNTER_SHARDS"),
            retention=timedelta(days=read.positive("RETENTION_DAYS")),
            window=timedelta(seconds=read.natural("DERIVE_WINDOW")),
            memory=2.0 * read.natural("MEMBERSHIP_SECONDS"),
        )


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """The time for which the table keeps events of the audit log.

    `bucket` is the locked bucket of the derive function; empty without one.
    """

    kept: timedelta
    bucket: str

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        days = _Environment(environ).positive("AUDIT_DAYS")
        return cls(timedelta(days=days), environ.get("AUDIT_BUCKET", ""))


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """The quotas of a tenant without its own, and the seconds for which a member is remembered."""

    seconds: int
    quotas: Quotas

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        names = ("TENANT_REQUESTS", "TENANT_DOCUMENTS", "TENANT_STORED")
        quotas = Quotas(*map(read.natural, names))
        return cls(seconds=read.natural("MEMBERSHIP_SECONDS"), quotas=quotas)


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """The ARN of the role that serves the requests of a tenant."""

    role: str

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(role=_Environment(environ).text("TENANT_ROLE"))

    @staticmethod
    def is_set(environ: Mapping[str, str] = os.environ) -> bool:
        """Whether the function has such a role."""
        return "TENANT_ROLE" in environ


@dataclass(frozen=True, slots=True)
class UsageSettings:
    """What a tenant may spend in a month: units of Comprehend, and cents of language models."""

    tenant_cap: int
    model_cap: int

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            tenant_cap=read.positive("TENANT_SPEND_CAP"),
            model_cap=read.positive("TENANT_MODEL_SPEND_CAP"),
        )


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """The model that writes digests; empty without one. Prices are dollars for a million tokens.

    Caps are in cents a month, of one tenant and of all.
    """

    model: str
    input_price: float
    output_price: float
    tenant_cap: int
    total_cap: int

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            model=environ.get("DIGEST_MODEL", ""),
            input_price=read.price("MODEL_INPUT_PRICE"),
            output_price=read.price("MODEL_OUTPUT_PRICE"),
            tenant_cap=read.positive("TENANT_MODEL_SPEND_CAP"),
            total_cap=read.positive("MODEL_SPEND_CAP"),
        )


@dataclass(frozen=True, slots=True)
class ProcessorSettings:
    """Settings of the processor function besides the table. Caps are in Comprehend's units."""

    bucket: str
    engine: str
    tenant_cap: int
    total_cap: int

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            bucket=read.text("LAKE_BUCKET"),
            engine=read.choice("ENGINE", ENGINES),
            tenant_cap=read.positive("TENANT_SPEND_CAP"),
            total_cap=read.positive("SPEND_CAP"),
        )


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Settings of the ingest function: the stream that it writes to."""

    stream: str

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(stream=_Environment(environ).text("STREAM_NAME"))


@dataclass(frozen=True, slots=True)
class DeriveSettings:
    """Settings of the derive function: the lake, and the size of a batch of the table's stream."""

    bucket: str
    batch_size: int

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(bucket=read.text("LAKE_BUCKET"), batch_size=read.positive("BATCH_SIZE"))


@dataclass(frozen=True, slots=True)
class CompactSettings:
    """Settings of the compaction: the lake's bucket, its database and its workgroup."""

    bucket: str
    database: str
    workgroup: str

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            bucket=read.text("LAKE_BUCKET"),
            database=read.text("DATABASE"),
            workgroup=read.text("WORKGROUP"),
        )


@dataclass(frozen=True, slots=True)
class EraseSettings:
    """Settings of the erase function: the lake, its queue, and the longest run of a function."""

    bucket: str
    queue_url: str
    settle: timedelta

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            bucket=read.text("LAKE_BUCKET"),
            queue_url=read.text("ERASURES_URL"),
            settle=timedelta(seconds=read.positive("SETTLE_SECONDS")),
        )


@dataclass(frozen=True, slots=True)
class AdminSettings:
    """Settings of the admin function: the user pool, the API's authorizer, a tenant's machines.

    `provider` is the identity provider of federated people; empty without one.
    """

    pool: str
    people_client: str
    api: str
    authorizer: str
    token_url: str
    provider: str
    max_machines: int

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            pool=read.text("USER_POOL_ID"),
            people_client=read.text("USER_POOL_CLIENT_ID"),
            api=read.text("API_ID"),
            authorizer=read.text("AUTHORIZER_ID"),
            token_url=read.text("TOKEN_URL"),
            provider=environ.get("IDENTITY_PROVIDER", ""),
            max_machines=read.natural("TENANT_MACHINES"),
        )


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Settings of live sources. The names of their credentials begin with `secrets`.

    It is empty without a producer. Sources may have private addresses in a sandbox only.
    """

    secrets: str
    allows_private: bool

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            secrets=environ.get("SOURCE_SECRETS", ""),
            allows_private=read.flag("PRIVATE_ADDRESSES"),
        )


@dataclass(frozen=True, slots=True)
class DestinationSettings:
    """Settings of destinations for alerts. The names of their credentials begin with `secrets`.

    `topic` is the ARN of the topic through which e-mail is sent, `page` the address of the page
    that shows alerts; empty without one. Webhooks may have private addresses in a sandbox only.
    """

    secrets: str
    topic: str
    page: str
    allows_private: bool

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(
            secrets=read.text("DESTINATION_SECRETS"),
            topic=read.text("MESSAGES_TOPIC"),
            page=environ.get("ALERTS_PAGE", ""),
            allows_private=read.flag("PRIVATE_ADDRESSES"),
        )


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """The address from which Amazon SES sends reports; empty if they are sent as plain text."""

    sender: str

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(sender=environ.get("REPORT_SENDER", ""))


@dataclass(frozen=True, slots=True)
class ProducerSettings:
    """Settings of the producer: the function behind `POST /ingest`, the bucket of the samples."""

    function: str
    bucket: str

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        read = _Environment(environ)
        return cls(function=read.text("INGEST_FUNCTION"), bucket=read.text("LAKE_BUCKET"))
