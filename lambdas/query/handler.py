"""`GET /query`, `/stats`, `/usage`, `/alerts`, `/audit` and `/health`, and `POST /exports`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream import __version__
from echostream.domain.members import Role
from echostream.entrypoints import admission, audit, http, reads, telemetry, wiring
from echostream.entrypoints.access import Caller
from echostream.entrypoints.query_parameters import Parameters

logger = Logger()
app = http.resolver()


def route(
    method: str,
    path: str,
    needs: Role,
    content_of: Callable[[Caller, Parameters, datetime], dict[str, Any]],
) -> None:
    def respond() -> Response[str]:
        event, caller = app.current_event, admission.admit(app.current_event, needs)
        content = content_of(caller, event.query_string_parameters or {}, wiring.now())
        logger.info("answered", path=event.path)
        return http.json_response(200, content)

    app.route(path, [method])(respond)


route("GET", "/query", Role.READER, reads.query)
route("GET", "/stats", Role.READER, reads.stats)
route("GET", "/usage", Role.READER, reads.usage)
route("GET", "/alerts", Role.READER, reads.alerts)
route("GET", "/audit", Role.ADMIN, audit.response)
route("POST", "/exports", Role.READER, audit.record_export)


@app.get("/health")
def health() -> Response[str]:
    wiring.store().check()
    logger.info("healthy")
    return http.json_response(200, {"status": "ok", "version": __version__})


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
