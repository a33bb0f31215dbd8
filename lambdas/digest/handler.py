"""`GET /digest`: a few sentences about a period. On a schedule: reports, sent to destinations."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.members import Role
from echostream.entrypoints import admission, http, reads, telemetry
from echostream.entrypoints.wiring import now

logger = Logger()
app = http.resolver()


@app.get("/digest")
def digest() -> Response[str]:
    event, caller = app.current_event, admission.admit(app.current_event, Role.READER)
    content = reads.digest(caller, event.query_string_parameters or {}, now())
    written = {name: content[name] for name in ("model", "reason")}
    logger.info("answered", path=event.path, **written, problems=len(content["rejected"]))
    return http.json_response(200, content)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "requestContext" in event:
        return app.resolve(event, context)
    import reports  # with Pillow and a web client, which requests do not need

    logger.set_correlation_id(event.get("id", ""))
    if "preview" in event:
        return reports.preview(event["preview"], now())
    return reports.send(context, now())
