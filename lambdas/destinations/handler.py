"""The destinations of a tenant's alerts: its members list them, its admins change and test them."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext
from tenant_destinations import TenantDestinations

import wiring
from echostream.domain.members import Role
from echostream.entrypoints import admission, http, telemetry
from echostream.entrypoints.access import Caller

Operation = Callable[[TenantDestinations, Caller, APIGatewayProxyEventV2], dict[str, Any]]
PATH = "/destinations"
NAME = f"{PATH}/(?s:[^/]+)"

logger = Logger()
app = http.resolver()


def route(method: str, path: str, needs: Role, operation: Operation, status: int = 200) -> None:
    def respond() -> Response[str]:
        caller = admission.admit(app.current_event, needs)
        content = operation(wiring.tenant_destinations(), caller, app.current_event)
        logger.info(operation.__name__, by=str(caller.identity), destination=content.get("name"))
        return http.json_response(status, content)

    app.route(path, [method])(respond)


route("GET", PATH, Role.READER, TenantDestinations.list)
route("POST", PATH, Role.ADMIN, TenantDestinations.add, 201)
route("POST", f"{NAME}/test", Role.ADMIN, TenantDestinations.test)
route("DELETE", NAME, Role.ADMIN, TenantDestinations.remove)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
