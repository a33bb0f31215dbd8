"""Computes the billed usage of each call from its request and response."""

import json
from collections.abc import Mapping
from math import ceil
from typing import Any

from echostream.domain.prices import billed_terabytes
from echostream.domain.spend import units_of
from echostream_cli.costs.calls import Exchange, Reading, UsageCounter, identify, list_of
from echostream_cli.costs.dynamodb_meter import DynamoDBMeter, Images

API_STEP = 512 * 1024
"""Bytes of a request and its response that count as one API request."""
SQS_STEP = 64 * 1024
"""Bytes of messages that count as one SQS request."""
GB = 2**30
_S3_PUT = ("Put", "Post", "List")


class Meter:
    """Sums the usage of calls. `before` is called ahead of each call, `after` behind it.

    All information comes from the wire; EchoStream's own code is not involved.
    """

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = DynamoDBMeter(dynamodb)
        self._counter = UsageCounter()
        self._query_ids: set[str] = set()
        self.take = self._counter.take

    def before(self, exchange: Exchange) -> Images:
        """Read the items that a call will write."""
        service, operation = identify(exchange)
        if service != "dynamodb":
            return {}
        return self._dynamodb.read_items(operation, _parse(exchange.body))

    def after(self, exchange: Exchange, before: Images) -> None:
        """Count a completed call. Raises `MeteringError`."""
        service, operation = identify(exchange)
        self._counter.add(f"{service} {operation}", self._compute(exchange, before))

    def _compute(self, exchange: Exchange, before: Images) -> Reading:
        service, operation = identify(exchange)
        if service == "s3":
            return _compute_s3(operation, exchange)
        if service in _PLAIN:
            return _PLAIN[service](exchange)
        request, response = _parse(exchange.body), _parse(exchange.response)
        if service == "dynamodb":
            return self._dynamodb.compute(operation, request, exchange.status, response, before)
        if service == "comprehend" and exchange.status < 400:
            units = _compute_comprehend_units(operation, request, response)
            return Reading({"comprehend_unit": units})
        if (service, operation) == ("athena", "GetQueryExecution"):
            return self._compute_athena(response)
        return Reading()

    def _compute_athena(self, response: Mapping[str, Any]) -> Reading:
        """The usage of a query at the first response after its end. DDL statements are free."""
        execution = response.get("QueryExecution", {})
        query_id, status = execution.get("QueryExecutionId"), execution.get("Status", {})
        is_billed = status.get("State") in ("SUCCEEDED", "CANCELLED")
        is_ddl = execution.get("StatementType") == "DDL"
        if not is_billed or query_id in self._query_ids or is_ddl:
            return Reading()
        self._query_ids.add(query_id)
        scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
        return Reading({"athena_scanned": billed_terabytes(scanned)})


def _parse(body: bytes) -> dict[str, Any]:
    """A body as a JSON object; empty if it is not one."""
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _compute_api(exchange: Exchange) -> Reading:
    steps = ceil(max(1, len(exchange.body) + len(exchange.response)) / API_STEP)
    return Reading({"api_request": steps, "data_out": len(exchange.response) / GB})


def _compute_secret(_: Exchange) -> Reading:
    return Reading({"secret_call": 1})


def _compute_sqs(exchange: Exchange) -> Reading:
    return Reading({"sqs_request": ceil(max(1, len(exchange.body)) / SQS_STEP)})


_PLAIN = {"execute-api": _compute_api, "secretsmanager": _compute_secret, "sqs": _compute_sqs}
"""Services whose usage does not depend on the operation."""


def _compute_s3(operation: str, exchange: Exchange) -> Reading:
    if operation.startswith("Delete") or exchange.status >= 500:
        return Reading()
    stored = len(exchange.body) if operation in ("PutObject", "PutPart") else 0
    gauges = {"lake_bytes": stored} if exchange.status < 400 else {}
    return Reading({"s3_put" if operation.startswith(_S3_PUT) else "s3_get": 1}, gauges)


def _compute_comprehend_units(
    operation: str, request: Mapping[str, Any], response: Mapping[str, Any]
) -> float:
    """Units of the texts with a result; texts with an error are free."""
    if not operation.startswith("Batch"):
        return units_of([request.get("Text", "")])
    texts = request["TextList"]
    return units_of(texts[result["Index"]] for result in list_of(response, "ResultList"))
