"""Senders that wait and repeat until each request has a response."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from bench.soak.audit import Accepted
from bench.soak.traffic import TENANTS, Request
from echostream_client.api import TRY_AGAIN, ApiClient, ApiFailed
from echostream_client.cognito import SignInFailed

THREADS = {TENANTS[0]: 4, TENANTS[1]: 1}
"""Senders of each tenant."""
PATIENCE = 300.0
"""Seconds after which a sender gives up a request, and with it the soak."""
WAIT = 1.0


@dataclass
class Sent:
    """What the senders know: accepted documents, rejections by code, repeated requests.

    `received_at` has the latest time of receipt of each tenant.
    """

    accepted: list[Accepted] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    repeats: int = 0
    received_at: dict[str, str] = field(default_factory=dict)
    requests: int = 0


def send_all(
    clients: Mapping[str, ApiClient], requests: Iterable[Request], advance: Callable[[int], None]
) -> Sent:
    """Send requests; `advance` is given the number of documents of each one that has a response.

    Raises `ApiFailed` if a sender gave up, or if the API refused a whole request.
    """
    sent = Sent()

    def send(request: Request) -> None:
        rows = request.rows
        while rows:
            response = _ingest(clients[request.tenant], rows, sent)
            rows = _note(sent, request.tenant, rows, response)
        advance(len(request.rows))

    waiting = list(requests)
    pools = {tenant: ThreadPoolExecutor(number) for tenant, number in THREADS.items()}
    results = [pools[request.tenant].submit(send, request) for request in waiting]
    try:
        for result in results:
            result.result()
    finally:
        for pool in pools.values():
            pool.shutdown(cancel_futures=True)
    sent.requests = len(waiting)
    return sent


def _ingest(client: ApiClient, rows: list[Any], sent: Sent) -> dict[str, Any]:
    """Send a request again until it has a response that is no error of the server."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return client.ingest(rows)
        except (ApiFailed, SignInFailed) as error:
            is_refused = isinstance(error, ApiFailed) and 400 <= (error.status or 500) < 500
            if is_refused or time.monotonic() > deadline:
                raise
        sent.repeats += 1
        time.sleep(WAIT)


def _note(sent: Sent, tenant: str, rows: list[Any], response: Mapping[str, Any]) -> list[Any]:
    """Keep what a response says; the rows to send again."""
    codes = {rejection["index"]: rejection["code"] for rejection in response["rejected"]}
    taken = [row for index, row in enumerate(rows) if index not in codes]
    sent.accepted += [
        Accepted(tenant, name, row) for name, row in zip(response["ids"], taken, strict=True)
    ]
    if at := response.get("received_at"):
        sent.received_at[tenant] = max(at, sent.received_at.get(tenant, at))
    for code in codes.values():
        sent.rejected[code] = sent.rejected.get(code, 0) + 1
    return [rows[index] for index, code in codes.items() if code == TRY_AGAIN]
