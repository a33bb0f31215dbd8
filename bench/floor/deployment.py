"""Deploys the floor's functions into a sandbox, beside ours: same API, JWT check and layers.

They are removed with the sandbox. The floor writes into a table of its own with our keys and index,
so that nothing that reads our table's stream does the floor's work a second time.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.floor.payload import json_attribute, make_payload
from bench.floor.permissions import allow_api, make_role
from echostream.entrypoints.config import TableSettings
from echostream_cli.outputs import demo_user
from echostream_cli.settings import Settings
from echostream_client.api import ApiClient

TABLE = "floor"
ALIAS = "live"
INGEST, QUERY, USAGE = "POST /ingest", "GET /query", "GET /usage"
"""Our routes; those of the floor have the same path below /floor."""
COPIED = ("Runtime", "MemorySize", "Timeout", "Architectures")


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor's functions in a sandbox. `name_of` has the physical names by route."""

    settings: Settings
    outputs: Mapping[str, str]
    name_of: Mapping[str, str]

    def api(self, documents: int) -> ApiClient:
        """A client of the floor; `ingest` writes this number of documents, whatever it sends."""
        user = demo_user(self.settings, dict(self.outputs))
        headers = {"X-Documents": str(documents)}
        return ApiClient(f"{self.outputs['API_URL']}/floor", user, headers=headers)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the floor: its module, our function that it stands beside, and its route."""

    module: str
    ours: str
    route: str


INGEST_FUNCTION = Function("ingest", "ProcessorFunction", INGEST)
QUERY_FUNCTION = Function("query", "QueryFunction", QUERY)
EMPTY_FUNCTION = Function("empty", "QueryFunction", USAGE)


def deploy_ingest(settings: Settings, outputs: Mapping[str, str], sizes: Sequence[int]) -> Floor:
    """Deploy the floor of `POST /ingest` for requests with these numbers of documents."""
    _create_table(settings, outputs["TABLE_NAME"])
    variables = _configuration(settings, INGEST_FUNCTION)["Environment"]["Variables"]
    payload = make_payload(sizes, TableSettings.read(variables), datetime.now(UTC))
    files = {"payload.json": json.dumps(payload)}
    environment = {"FLOOR_TABLE": TABLE, "LAKE_BUCKET": outputs["LAKE_BUCKET"]}
    name = _deploy(settings, INGEST_FUNCTION, files, environment)
    return Floor(settings, outputs, {INGEST: name})


def deploy_query(
    settings: Settings, outputs: Mapping[str, str], arguments: Any, item: Mapping[str, Any]
) -> Floor:
    """Deploy the floor of `GET /query`: a query with these arguments, of items like this one."""
    environment = {"FLOOR_QUERY": json.dumps(arguments), "FLOOR_ATTRIBUTE": json_attribute(item)}
    name = _deploy(settings, QUERY_FUNCTION, {}, environment)
    return Floor(settings, outputs, {QUERY: name})


def deploy_empty(settings: Settings, outputs: Mapping[str, str]) -> Floor:
    """Deploy a function that does nothing, under the path of `GET /usage`."""
    return Floor(settings, outputs, {USAGE: _deploy(settings, EMPTY_FUNCTION, {}, {})})


def _configuration(settings: Settings, function: Function) -> dict[str, Any]:
    """The configuration of our function."""
    functions = settings.target.client("lambda")
    name = settings.target.resource(function.ours)
    configuration: dict[str, Any] = functions.get_function_configuration(FunctionName=name)
    return configuration


def _create_table(settings: Settings, ours: str) -> None:
    """A table with the keys and the index of ours, and no stream."""
    dynamodb = settings.target.client("dynamodb")
    table = dynamodb.describe_table(TableName=ours)["Table"]
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in table["GlobalSecondaryIndexes"]
    ]
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
        GlobalSecondaryIndexes=indexes,
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})


def _deploy(
    settings: Settings,
    function: Function,
    files: Mapping[str, str],
    environment: Mapping[str, str],
) -> str:
    """Create a function like ours, and its route. Returns the function's name."""
    functions = settings.target.client("lambda")
    ours = _configuration(settings, function)
    module = f"{function.module}.py"
    code = {module: Path(__file__).with_name(module).read_text(), **files}
    name = f"{settings.stack_name}-floor-{function.module}"
    functions.create_function(
        FunctionName=name,
        Handler=f"{function.module}.handler",
        Role=make_role(settings, name),
        Code={"ZipFile": _zip(code)},
        Layers=[layer["Arn"] for layer in ours["Layers"]],
        Environment={"Variables": dict(environment)},
        Publish=True,
        **{option: ours[option] for option in COPIED},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    alias = functions.create_alias(FunctionName=name, Name=ALIAS, FunctionVersion="1")
    _route(settings, function.route, alias["AliasArn"])
    allow_api(settings, name, ALIAS)
    return name


def _zip(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _route(settings: Settings, route: str, function: str) -> None:
    """A route below /floor with the integration and the authorizer of ours."""
    apis, api = settings.target.client("apigatewayv2"), settings.api_id
    ours = {one["RouteKey"]: one for one in apis.get_routes(ApiId=api)["Items"]}[route]
    integration = apis.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        PayloadFormatVersion="2.0",
        IntegrationUri=function,
    )
    method, path = route.split()
    apis.create_route(
        ApiId=api,
        RouteKey=f"{method} /floor{path}",
        AuthorizationType=ours["AuthorizationType"],
        AuthorizerId=ours["AuthorizerId"],
        Target=f"integrations/{integration['IntegrationId']}",
    )
