"""`GET /query`, `GET /stats`, `GET /usage`, `GET /audit`, `POST /exports` and `GET /health`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream import __version__
from echostream.domain.members import Role
from echostream.entrypoints import admission, audit, http, reads, telemetry, wiring

logger = Logger()
app = http.resolver()


@app.get("/query")
def query() -> Response[str]:
    return _respond(Role.READER, reads.query)


@app.get("/stats")
def stats() -> Response[str]:
    return _respond(Role.READER, reads.stats)


@app.get("/usage")
def usage() -> Response[str]:
    return _respond(Role.READER, reads.usage)


@app.get("/audit")
def events() -> Response[str]:
    return _respond(Role.ADMIN, audit.response)


@app.post("/exports")
def export() -> Response[str]:
    return _respond(Role.READER, audit.record_export)


def _respond(role: Role, response: Any) -> Response[str]:
    event, caller = app.current_event, admission.admit(app.current_event, role)
    content = response(caller, event.query_string_parameters or {}, wiring.now())
    logger.info("answered", path=event.path)
    return http.json_response(200, content)


@app.get("/health")
def health() -> Response[str]:
    wiring.store().check()
    logger.info("healthy")
    return http.json_response(200, {"status": "ok", "version": __version__})


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
