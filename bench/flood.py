"""`GET /query` of one tenant while another sends ten times its quota of requests.

The flood is paced: a request that is late does not delay the next one. Every request of the flood
beyond the quota costs an invocation, which is what is measured.
"""

import secrets
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench.report import Row
from bench.running import Running
from echostream.domain.quotas import WINDOW, Quotas
from echostream_cli import users
from echostream_client.api import ApiClient, ApiFailed
from echostream_client.cognito import SignedInUser

QUOTA = 5
"""Requests a second of the tenant that floods."""
TIMES = 10
"""The flood, in quotas."""
QUERIES = 200
"""Queries of the other tenant, before and during the flood."""
SENDERS = 16


def bench(running: Running) -> None:
    """Report the 95th percentile of the other tenant, and how much of the flood was served."""
    suffix = secrets.token_hex(4)
    other, flooder = (_client(running, f"{name}-{suffix}") for name in ("other", "flooder"))
    other.ingest([{"text": f"document {n}", "source": "bench"} for n in range(50)])
    users.directory(running.settings.target).set_quotas(f"flooder-{suffix}", Quotas(requests=QUOTA))
    _durations(other)
    before = _durations(other)
    served: Counter[int] = Counter()
    start = time.monotonic()
    with _flooding(flooder, served):
        during = _durations(other)
    seconds = time.monotonic() - start
    running.report.section(f"A tenant at {TIMES} times its quota of requests, and another one")
    running.report.add(
        Row("p95 of the other's queries", "ms", _p95(during), "before", _p95(before))
    )
    allowed = QUOTA * (seconds + WINDOW)
    running.report.add(Row("served to the flood", "requests", served[200], "quota", allowed))
    running.report.add(Row("refused", "requests", served[429]))


def _client(running: Running, name: str) -> ApiClient:
    """The API as a user of a tenant of their own, without repeats."""
    target = running.settings.target
    password = users.create(target, name, name)
    client = running.outputs["USER_POOL_CLIENT_ID"]
    user = SignedInUser(target.client("cognito-idp"), client, name, password)
    user.token()
    return ApiClient(running.outputs["API_URL"], user, repeats=0)


def _durations(client: ApiClient) -> list[float]:
    """The seconds of each of many queries, one after another."""
    durations = []
    for _ in range(QUERIES):
        start = time.perf_counter()
        client.query(limit=50)
        durations.append(time.perf_counter() - start)
    return durations


def _p95(durations: list[float]) -> float:
    """The 95th percentile in ms."""
    return statistics.quantiles(durations, n=20)[-1] * 1e3


@contextmanager
def _flooding(client: ApiClient, served: Counter[int]) -> Iterator[None]:
    """Send requests at a steady rate meanwhile, and count their statuses."""
    stop, lock = threading.Event(), threading.Lock()

    def send() -> None:
        try:
            client.query(limit=50)
            status = 200
        except ApiFailed as error:
            status = error.status or 0
        with lock:
            served[status] += 1

    def pace(threads: ThreadPoolExecutor) -> None:
        while not stop.wait(1 / (QUOTA * TIMES)):
            threads.submit(send)

    with ThreadPoolExecutor(SENDERS) as threads:
        pacer = threading.Thread(target=pace, args=(threads,))
        pacer.start()
        try:
            yield
        finally:
            stop.set()
            pacer.join()
