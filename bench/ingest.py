"""`POST /ingest` over its floor: documents a second, by the clock and by the CPU of all processes.

The floor is an empty function behind the same API and JWT check, which writes two objects and the
same items with bare batch writes; see bench/floor/ingest.py.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bench.documents import make_requests
from bench.report import Goal, Row
from bench.rounds import Prepare
from bench.running import SIZES, Running
from bench.stored import wait_until_stored
from echostream_client.api import ApiClient

PATHS: dict[str, dict[str, Any]] = {"direct": {}, "stream": {"ingest": "stream"}}
"""The ingest paths, each with the settings of its sandbox."""
QUEUED = ("stream",)
"""Paths that accept a document before it is stored; the clock stops when it is stored."""
REQUESTS = {1: 32, 10: 24, 100: 16, 500: 8}
"""Requests of one measurement, by their number of documents; a multiple of the senders."""
SENDERS = (1, 8)
GOAL = Goal("at least", 0.8)


def bench(running: Running, path: str = "direct") -> None:
    """Measure requests of several sizes, from one sender and from several."""
    _warm_up(running)
    running.report.section(f"Ingest, path {path}, over its floor")
    for size in SIZES:
        for senders in SENDERS:
            _bench_size(running, path, size, senders)


def _bench_size(running: Running, path: str, size: int, senders: int) -> None:
    floor, number = running.ingest_floor.api(size), REQUESTS[size]
    kinds: dict[str, Prepare] = {
        "ours": lambda: partial(_send_ours, running, path, make_requests(number, size), senders),
        "floor": lambda: partial(send_all, floor, make_requests(number, size), senders),
    }
    title = f"{size} a request, {senders} sender{'s' if senders > 1 else ''}"
    timings = running.take_turns(title, kinds)
    ours, bare, documents = timings["ours"], timings["floor"], number * size
    for unit, one, other in (
        ("documents/s", ours.seconds, bare.seconds),
        ("documents/CPU s", ours.cpu_seconds, bare.cpu_seconds),
    ):
        row = Row(title, unit, documents / one, "floor", documents / other, GOAL)
        running.report.add(row)


def _warm_up(running: Running) -> None:
    """Start as many workers of both functions as there are senders."""
    requests, most = make_requests(3 * max(SENDERS), SIZES[0]), max(SENDERS)
    send_all(running.client, requests, most)
    send_all(running.ingest_floor.api(SIZES[0]), requests, most)


def _send_ours(
    running: Running, path: str, requests: Sequence[Sequence[dict[str, Any]]], senders: int
) -> None:
    send_all(running.client, requests, senders)
    if path in QUEUED:
        wait_until_stored(running, [document["id"] for one in requests for document in one])


def send_all(client: ApiClient, requests: Sequence[Sequence[dict[str, Any]]], senders: int) -> None:
    """Send requests from several threads. Raises `RuntimeError` if a document is not accepted."""
    if senders == 1:
        responses = [client.ingest(documents) for documents in requests]
    else:
        with ThreadPoolExecutor(senders) as pool:
            responses = list(pool.map(client.ingest, requests))
    for documents, response in zip(requests, responses, strict=True):
        if response["accepted"] != len(documents):
            raise RuntimeError(f"documents were rejected: {response['rejected'][:1]}")
