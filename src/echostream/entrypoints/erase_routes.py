"""The requests that the erase function serves: erasures, and the quarantine of a tenant.

The function can read and delete items of the quarantine, so no other one needs to.
"""

from collections.abc import Callable

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.erasure import Subject
from echostream.domain.members import Role
from echostream.entrypoints import erase_wiring, erasure_requests, http, quarantine_requests, wiring
from echostream.entrypoints.admission import admit

_logger = Logger(child=True)
app = http.resolver()


@app.delete("/documents/(?s:.+)")
def document() -> Response[str]:
    return _request("document")


@app.delete("/authors/(?s:.+)")
def author() -> Response[str]:
    return _request("author")


@app.post("/erasures")
def documents() -> Response[str]:
    return _erase(erasure_requests.documents_in)


def _request(kind: erasure_requests.Kind) -> Response[str]:
    return _erase(lambda event: erasure_requests.subject_in(event, kind))


def _erase(subject_in: Callable[[APIGatewayProxyEventV2], Subject]) -> Response[str]:
    caller = admit(app.current_event, Role.ADMIN)
    subject = subject_in(app.current_event)
    erasure = erase_wiring.request(caller, subject)
    _logger.info("erasure_requested", erasure=erasure.id, kind=erasure.kind)
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


@app.get("/quarantine")
def quarantine() -> Response[str]:
    event, tenant = app.current_event, admit(app.current_event, Role.ADMIN).tenant
    parameters = event.query_string_parameters or {}
    found = quarantine_requests.page(erase_wiring.quarantine(), tenant, parameters)
    return http.json_response(200, found)


@app.delete("/quarantine/(?s:.+)")
def discard() -> Response[str]:
    caller = admit(app.current_event, Role.ADMIN)
    name = erasure_requests.name_in(app.current_event, "/quarantine/")
    erase_wiring.discard(caller, name)
    _logger.info("discarded", item=name)
    return http.json_response(200, {"id": name})
