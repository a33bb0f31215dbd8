"""Members and machine users of a tenant, managed by its own admins."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.adapters.aws_errors import translating
from echostream.domain.members import Role
from echostream.entrypoints import admin_wiring, admission, http, telemetry
from echostream.entrypoints.access import Caller
from echostream.entrypoints.tenant_admin import TenantAdmin

Operation = Callable[[TenantAdmin, Caller, APIGatewayProxyEventV2], dict[str, Any]]
NAME = "(?s:[^/]+)"

logger = Logger()
app = http.resolver()


def route(method: str, path: str, operation: Operation, status: int = 200) -> None:
    def respond() -> Response[str]:
        caller = admission.admit(app.current_event, Role.ADMIN)
        with translating("members"):
            content = operation(admin_wiring.tenant_admin(), caller, app.current_event)
        logger.info(operation.__name__, by=str(caller.identity), member=content.get("name"))
        return http.json_response(status, content)

    app.route(path, [method])(respond)


route("GET", "/members", TenantAdmin.list_members)
route("POST", "/members", TenantAdmin.invite, 201)
route("PUT", f"/members/{NAME}", TenantAdmin.set_roles)
route("DELETE", f"/members/{NAME}", TenantAdmin.remove)
route("POST", "/machines", TenantAdmin.create_machine, 201)
route("POST", f"/machines/{NAME}/rotate", TenantAdmin.rotate_machine, 201)
route("DELETE", f"/machines/{NAME}", TenantAdmin.remove_machine)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
