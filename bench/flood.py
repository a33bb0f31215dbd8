"""`GET /query` of one tenant while another sends ten times its quota of requests.

Every request beyond the quota costs an invocation that refuses it. On a machine with few cores most
of the effect on the other tenant is that of the emulator, so the same flood also goes to a function
that does nothing: the difference of the two is what a refusal costs.
"""

import multiprocessing
import secrets
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event

import urllib3

from bench.floor.deployment import deploy_empty
from bench.report import Row
from bench.running import Running
from echostream.domain.quotas import WINDOW, Quotas
from echostream_cli import users
from echostream_cli.console import progress
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser

QUOTA = 5
"""Requests a second of the tenant that floods."""
TIMES = 10
"""The flood, in quotas."""
QUERIES = 200
"""Queries of the other tenant, before and during each flood."""
SENDERS = 16


def bench(running: Running) -> None:
    """Report the 95th percentile of the other tenant, and how much of the flood was served."""
    suffix, url = secrets.token_hex(4), running.outputs["API_URL"]
    other, flooder = (_sign_in(running, f"{name}-{suffix}") for name in ("other", "flooder"))
    api = ApiClient(url, other, repeats=0)
    api.ingest([{"text": f"document {n}", "source": "bench"} for n in range(50)])
    users.directory(running.settings.target).set_quotas(f"flooder-{suffix}", Quotas(requests=QUOTA))
    deploy_empty(running.settings, running.outputs)
    before = _p95(api)
    with _flooding(f"{url}/floor/usage", flooder.token()):
        floor = _p95(api)
    start = time.monotonic()
    with _flooding(f"{url}/query?limit=50", flooder.token()) as statuses:
        during = _p95(api)
    allowed = QUOTA * (time.monotonic() - start + WINDOW)
    report = running.report
    report.section(f"A tenant at {TIMES} times its quota of {QUOTA} requests/s, and another one")
    report.add(Row("p95 of the other's queries", "ms", during, "before", before))
    report.add(Row("p95 of the other's queries", "ms", during, "flood of an empty function", floor))
    report.add(Row("served to the flood", "requests", statuses[200], "quota", allowed))
    report.add(Row("refused", "requests", statuses[429]))


def _sign_in(running: Running, name: str) -> SignedInUser:
    """A user of a tenant of their own."""
    target = running.settings.target
    password = users.create(target, name, name)
    client = running.outputs["USER_POOL_CLIENT_ID"]
    return SignedInUser(target.client("cognito-idp"), client, name, password)


def _p95(client: ApiClient) -> float:
    """The 95th percentile in ms of queries one after another, after as many without a measurement.

    Meanwhile the emulator starts the containers that a flood needs.
    """
    durations = []
    with progress("queries of the other tenant", "queries", 2 * QUERIES) as advance:
        for _ in range(2 * QUERIES):
            start = time.perf_counter()
            client.query(limit=50)
            durations.append(time.perf_counter() - start)
            advance(1)
    return statistics.quantiles(durations[QUERIES:], n=20)[-1] * 1e3


@contextmanager
def _flooding(url: str, token: str) -> Iterator[Counter[int]]:
    """Send requests at a steady rate from another process meanwhile.

    Yields the numbers of responses by status, which are complete at the end.
    """
    context = multiprocessing.get_context("spawn")
    stop, queue = context.Event(), context.SimpleQueue()
    process = context.Process(target=_flood, args=(url, token, stop, queue))
    statuses: Counter[int] = Counter()
    process.start()
    try:
        queue.get()  # it sends
        yield statuses
    finally:
        stop.set()
        statuses.update(queue.get())
        process.join()


def _flood(url: str, token: str, stop: Event, queue: "SimpleQueue[Counter[int]]") -> None:
    """Send requests until the event is set. A late response does not delay the next request."""
    http = urllib3.PoolManager(maxsize=SENDERS, block=True, timeout=60, retries=False)
    statuses: Counter[int] = Counter()
    lock = threading.Lock()

    def send() -> None:
        response = http.request("GET", url, headers={"Authorization": f"Bearer {token}"})
        with lock:
            statuses[response.status] += 1

    with ThreadPoolExecutor(SENDERS) as threads:
        queue.put(Counter())
        while not stop.wait(1 / (QUOTA * TIMES)):
            threads.submit(send)
    queue.put(statuses)
