"""The composition root of the digest function's reports. `GET /digest` needs none of it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from echostream.adapters import report_picture
from echostream.adapters.ses_mail import SesMail
from echostream.domain.alerts.delivery import Senders
from echostream.domain.alerts.destinations import Kind
from echostream.domain.codec import time_to_wire
from echostream.domain.digest.report import report_of
from echostream.domain.digest.report_delivery import ReportDelivery
from echostream.domain.digest.report_messages import WrittenReport
from echostream.domain.digest.report_periods import Period
from echostream.entrypoints import admission, destination_wiring, reads, wiring
from echostream.entrypoints.config import ReportSettings
from echostream_sources.posting import Posting


@cache
def delivery() -> ReportDelivery:
    return ReportDelivery(destination_wiring.destinations(), senders(), write, page())


def page() -> str:
    """The address of the page; empty without one."""
    return destination_wiring.settings().page


def senders() -> Senders:
    """What sends reports; e-mail with a picture if there is an address that SES sends from."""
    settings = destination_wiring.settings()
    plain = destination_wiring.senders(Posting(destination_wiring.hosts, settings.allows_private))
    sender = ReportSettings.read().sender
    if not sender:
        return plain
    mail = SesMail(wiring.client("sesv2"), sender, plain[Kind.EMAIL].is_ready)
    return {**plain, Kind.EMAIL: mail}


def write(tenant: str, period: Period) -> WrittenReport:
    """The report of a tenant, of documents that are still kept, with its credentials."""
    now = wiring.now()
    retention = admission.directory().privacy(tenant).retention(wiring.table_settings().retention)

    def digest(period: Period) -> Mapping[str, Any]:
        times = {"from": time_to_wire(period.start), "to": time_to_wire(period.end)}
        return reads.digest_of(tenant, retention, {**times, "mask": "true"}, now)

    counters = wiring.tenant(tenant).counters
    report = report_of(counters, tenant, period, digest, now - retention)
    return WrittenReport(report, report_picture.draw(report))
