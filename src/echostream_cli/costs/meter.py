"""What each call used, from the call itself: the rules of each service's bill."""

import json
from collections.abc import Mapping
from math import ceil
from typing import Any

from echostream.domain.prices import billed_terabytes
from echostream.domain.spend import units_of
from echostream_cli.costs.calls import Counter, Exchange, Reading, items_of, name_of
from echostream_cli.costs.dynamodb_meter import DynamoDBMeter, Images

API_STEP = 512 * 1024
GB = 2**30
_S3_PUT = ("Put", "Post", "List")


class Meter:
    """Reads exchanges, and keeps what they used. `before` is called ahead of each, `after` behind.

    What it knows comes from the wire alone; nothing of EchoStream's own code is asked.
    """

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = DynamoDBMeter(dynamodb)
        self._counter = Counter()
        self._queries: set[str] = set()
        self.take = self._counter.take

    def before(self, exchange: Exchange) -> Images:
        """What must be known before a call goes out."""
        service, operation = name_of(exchange)
        if service != "dynamodb":
            return {}
        return self._dynamodb.before(operation, _json(exchange.body))

    def after(self, exchange: Exchange, before: Images) -> None:
        """Counts a call that was answered. Raises `NotMetered`."""
        service, operation = name_of(exchange)
        self._counter.add(f"{service} {operation}", self._reading(exchange, before))

    def _reading(self, exchange: Exchange, before: Images) -> Reading:
        service, operation = name_of(exchange)
        if service == "s3":
            return _s3(operation, exchange)
        simple = {"execute-api": _api, "secretsmanager": _secret}
        if service in simple:
            return simple[service](exchange)
        asked, answer = _json(exchange.body), _json(exchange.answer)
        if service == "dynamodb":
            return self._dynamodb.reading(operation, asked, exchange.status, answer, before)
        if service == "comprehend" and exchange.status < 400:
            return Reading({"comprehend_unit": _comprehend(operation, asked, answer)})
        if (service, operation) == ("athena", "GetQueryExecution"):
            return self._athena(answer)
        return Reading()

    def _athena(self, answer: Mapping[str, Any]) -> Reading:
        """A query that has ended, when that is first seen. Statements that define are free."""
        execution = answer.get("QueryExecution", {})
        name, state = execution.get("QueryExecutionId"), execution.get("Status", {}).get("State")
        ended = state in ("SUCCEEDED", "CANCELLED")
        if not ended or name in self._queries or execution.get("StatementType") == "DDL":
            return Reading()
        self._queries.add(name)
        scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
        return Reading({"athena_scanned": billed_terabytes(scanned)})


def _json(body: bytes) -> dict[str, Any]:
    """A body as JSON; empty where it is none."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _api(exchange: Exchange) -> Reading:
    steps = ceil(max(1, len(exchange.body) + len(exchange.answer)) / API_STEP)
    return Reading({"api_request": steps, "data_out": len(exchange.answer) / GB})


def _secret(_: Exchange) -> Reading:
    return Reading({"secret_call": 1})


def _s3(operation: str, exchange: Exchange) -> Reading:
    if operation.startswith("Delete") or exchange.status >= 500:
        return Reading()
    written = len(exchange.body) if operation in ("PutObject", "PutPart") else 0
    gauges = {"lake_bytes": written} if exchange.status < 400 else {}
    return Reading({"s3_put" if operation.startswith(_S3_PUT) else "s3_get": 1}, gauges)


def _comprehend(operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Units of the texts that were answered for."""
    if not operation.startswith("Batch"):
        return units_of([asked.get("Text", "")])
    texts = asked["TextList"]
    return units_of(texts[result["Index"]] for result in items_of(answer, "ResultList"))
