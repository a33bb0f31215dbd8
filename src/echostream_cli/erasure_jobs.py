"""Erasures that a deployment works on: their queue, the wait for the first round, the report."""

from collections.abc import Callable

from echostream.adapters.s3_receipts import prefix_of
from echostream.adapters.sqs_erasures import SQSErasures
from echostream.domain.erasure import Erased, Erasure, Erasures, Place, State, places_of
from echostream_cli.errors import UserError
from echostream_cli.target import Target

TIMEOUT = 3600.0
POLL = 1.0
"""Seconds."""


def queue(target: Target) -> SQSErasures:
    """The queue of a deployment's erasures."""
    return SQSErasures(target.client("sqs"), target.outputs()["ErasuresUrl"])


def wait(
    erasures: Erasures,
    tenant: str,
    name: str,
    sleep: Callable[[float], None],
    show: Callable[[str], None],
) -> Erasure:
    """The erasure after its first round; `show` is called with how far it is.

    Raises `UserError` if it takes too long.
    """
    for _ in range(int(TIMEOUT / POLL)):
        erasure = erasures.get(tenant, name)
        if erasure and (erasure.state is not State.RUNNING or erasure.round > 1):
            return erasure
        if erasure:
            show(_progress(erasure))
        sleep(POLL)
    raise UserError(
        f"erasure {name} still runs; it continues by itself. See it with: make erasures"
        f" TENANT={tenant}; if it stands still, read docs/runbook.md#dead-letters"
    )


def _progress(erasure: Erasure) -> str:
    sums = erasure.erased.get(erasure.place, Erased())
    return f"erasing: {erasure.place}, {sums.objects:,} {_objects(erasure, erasure.place)}"


def report(erasure: Erasure) -> list[str]:
    """The lines that a command prints."""
    lines = [f"erasure {erasure.id}: {_state(erasure)}"]
    for place in places_of(erasure.kind):
        sums = erasure.erased.get(place, Erased())
        documents = f", {sums.documents:,} documents" if sums.documents else ""
        lines.append(f"  {place:<10}  {sums.objects:,} {_objects(erasure, place)}{documents}")
    lines += [f"  not searched, because it cannot be read: {key}" for key in erasure.unsearched]
    return [*lines, f"  names: {prefix_of(erasure)} in the lake"]


def _state(erasure: Erasure) -> str:
    if erasure.state is State.DONE:
        return "done"
    if erasure.state is State.RUNNING:
        return f"round {erasure.round} runs"
    if erasure.round > 1:
        return f"round {erasure.round} is done; another one follows by itself"
    return "the first round is done; the second one follows by itself"


def _objects(erasure: Erasure, place: Place) -> str:
    is_tenant = erasure.kind == "tenant"
    return "days and files" if is_tenant and place == "compacted" else _OBJECTS[place]


_OBJECTS: dict[Place, str] = {
    "table": "items",
    "raw": "objects",
    "enriched": "objects",
    "quarantine": "items",
    "compacted": "days compacted again",
    "results": "results of queries",
    "derived": "partitions of counts, quotas and times",
}
