"""`GET /themes` and `GET /aspects`: what people talk about, praise and criticise in a period."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.members import Role
from echostream.entrypoints import admission, http, reads, telemetry, wiring

logger = Logger()
app = http.resolver()


@app.get("/themes")
def themes() -> Response[str]:
    return _respond(reads.themes)


@app.get("/aspects")
def aspects() -> Response[str]:
    return _respond(reads.aspects)


def _respond(response: Any) -> Response[str]:
    event, caller = app.current_event, admission.admit(app.current_event, Role.READER)
    content = response(caller, event.query_string_parameters or {}, wiring.now())
    logger.info("answered", path=event.path)
    return http.json_response(200, content)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
