"""The preview of a report: which one an operator names, and the report as JSON. Nothing is sent."""

from collections.abc import Mapping
from typing import Any

from echostream.domain.codec import time_to_wire
from echostream.domain.digest import report_texts
from echostream.domain.digest.report_messages import WrittenReport, text_of
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.errors import BadRequest
from echostream.domain.model import is_tenant_name


def previewed(preview: Mapping[str, Any]) -> tuple[str, ReportKind]:
    """The tenant and the kind of a report, by default of a day. Raises `BadRequest`."""
    tenant, kind = preview.get("tenant"), preview.get("kind", ReportKind.DAILY.value)
    if not isinstance(tenant, str) or not is_tenant_name(tenant):
        raise BadRequest("invalid_value", "tenant: must be the name of a tenant")
    if kind not in set(ReportKind):
        raise BadRequest("invalid_value", f"kind: must be one of {', '.join(ReportKind)}")
    return tenant, ReportKind(kind)


def preview_to_wire(written: WrittenReport, page: str) -> dict[str, Any]:
    """A report as a destination of e-mail would get it, with texts of documents."""
    report = written.report
    return {
        "tenant": report.tenant,
        "kind": report.period.kind.value,
        "from": time_to_wire(report.period.start),
        "to": time_to_wire(report.period.end),
        "subject": report_texts.subject(report),
        "text": text_of(report, page),
        "picture": written.picture.to_wire(),
    }
