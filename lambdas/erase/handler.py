"""Erases documents and authors: takes requests of the API, and works on what its queue names."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.members import Role
from echostream.entrypoints import erase_wiring, erasure_requests, http, telemetry, wiring
from echostream.entrypoints.admission import admit

logger = Logger()
app = http.resolver()


@app.delete("/documents/(?s:.+)")
def document() -> Response[str]:
    return _request("document")


@app.delete("/authors/(?s:.+)")
def author() -> Response[str]:
    return _request("author")


def _request(kind: erasure_requests.Kind) -> Response[str]:
    caller = admit(app.current_event, Role.ADMIN)
    subject = erasure_requests.subject_in(app.current_event, kind)
    erasure = erase_wiring.request(caller, subject)
    logger.info("erasure_requested", erasure=erasure.id, kind=kind)
    return http.json_response(202, erasure_requests.to_wire(erasure))


@app.get("/erasures")
def erasures() -> Response[str]:
    tenant = admit(app.current_event, Role.ADMIN).tenant
    return http.json_response(200, erasure_requests.newest(wiring.erasures(), tenant))


@app.get("/erasures/(?s:.+)")
def erasure() -> Response[str]:
    tenant = admit(app.current_event, Role.ADMIN).tenant
    name = erasure_requests.name_in(app.current_event, "/erasures/")
    return http.json_response(200, erasure_requests.one(wiring.erasures(), tenant, name))


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" not in event:
        return app.resolve(event, context)
    tenant, name = erasure_requests.message_in(event)
    left = context.get_remaining_time_in_millis
    erasure = erase_wiring.erasing().resume(tenant, name, lambda: left() / 1000)
    logger.info("erased", erasure=name, state=erasure and erasure.state.value)
    return {}
