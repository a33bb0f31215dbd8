"""`GET /query`, `GET /stats`, `GET /usage` and `GET /health`: read-only."""

from dataclasses import replace
from operator import attrgetter
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream import __version__
from echostream.domain.members import Role
from echostream.entrypoints import admission, http, queries, telemetry, wiring

logger = Logger()
app = http.resolver()


@app.get("/query")
def query() -> Response[str]:
    return _respond(queries.query_response, attrgetter("store"))


@app.get("/stats")
def stats() -> Response[str]:
    return _respond(queries.stats_response, attrgetter("counters"))


def _respond(response: Any, port: Any) -> Response[str]:
    event = app.current_event
    caller = admission.admit(event, Role.READER)
    parameters = event.query_string_parameters or {}
    adapter, table = port(wiring.tenant(caller.tenant)), wiring.table_settings()
    table = replace(table, retention=caller.privacy.retention(table.retention))
    content = response(adapter, caller.tenant, parameters, wiring.now(), table)
    logger.info("answered", path=event.path)
    return http.json_response(200, content)


@app.get("/usage")
def usage() -> Response[str]:
    caller = admission.admit(app.current_event, Role.READER)
    logger.info("answered", path=app.current_event.path)
    return http.json_response(200, admission.usage()(caller, wiring.now()))


@app.get("/health")
def health() -> Response[str]:
    wiring.store().check()
    logger.info("healthy")
    return http.json_response(200, {"status": "ok", "version": __version__})


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
