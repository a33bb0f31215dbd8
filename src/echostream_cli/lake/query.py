"""The lake of a deployment, and a statement from a file."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.adapters.tenant_sessions import Credentials, TenantSessions
from echostream.domain.lake import results_prefix
from echostream_cli.errors import UserError
from echostream_cli.operator_log import audit_log
from echostream_cli.target import Target
from echostream_client.tenant_lake import TenantLake


def tenant_lake(target: Target) -> TenantLake:
    """The lake of a deployment. Raises `UserError` if the deployment does not exist."""
    outputs = target.outputs()
    try:
        athena = Athena(target.client("athena"), outputs["WorkGroup"], outputs["Database"])
        files = S3LakeFiles(target.client("s3"), outputs["LakeBucket"])
        catalog = GlueCatalog(target.client("glue"), outputs["Database"])
        sessions = _athena_of_tenants(target, outputs)
        return TenantLake(athena, sessions, catalog, files, audit_log(target))
    except KeyError as error:
        raise UserError(f"{target.stack_name} has no output {error}; deploy it again") from error


def _athena_of_tenants(target: Target, outputs: Mapping[str, str]) -> Callable[[str], Athena]:
    """Athena with the credentials of a tenant's session."""
    workgroup, database = outputs["TenantWorkGroup"], outputs["Database"]
    bucket, role = outputs["LakeBucket"], outputs["SqlTenantRole"]

    def client(credentials: Credentials) -> Any:
        return target.client("athena", credentials=credentials.arguments())

    def athena(tenant: str) -> Athena:
        output = f"s3://{bucket}/{results_prefix(tenant)}"
        return Athena(sessions.of(tenant), workgroup, database, output)

    sessions = TenantSessions(target.client("sts"), role, client, lambda: datetime.now(UTC))
    return athena


def read(path: Path) -> str:
    """The statement in a file. Raises `UserError` if the file is not readable UTF-8."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error
