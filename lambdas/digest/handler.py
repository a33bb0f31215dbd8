"""`GET /digest`: a few sentences about a period, with the documents behind them."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.members import Role
from echostream.entrypoints import admission, http, reads, telemetry, wiring

logger = Logger()
app = http.resolver()


@app.get("/digest")
def digest() -> Response[str]:
    event, caller = app.current_event, admission.admit(app.current_event, Role.READER)
    content = reads.digest(caller, event.query_string_parameters or {}, wiring.now())
    written = {name: content[name] for name in ("model", "reason")}
    logger.info("answered", path=event.path, **written, problems=len(content["rejected"]))
    return http.json_response(200, content)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
