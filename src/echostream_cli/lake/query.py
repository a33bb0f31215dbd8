"""The lake of a deployment, and a statement from a file."""

from pathlib import Path

from echostream.adapters.athena import Athena
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream_cli.errors import UserError
from echostream_cli.target import Target
from echostream_client.tenant_lake import TenantLake


def tenant_lake(target: Target) -> TenantLake:
    """The lake of a deployment. Raises `UserError` if the deployment does not exist."""
    outputs = target.outputs()
    try:
        athena = Athena(target.client("athena"), outputs["WorkGroup"], outputs["Database"])
        return TenantLake(athena, S3LakeFiles(target.client("s3"), outputs["LakeBucket"]))
    except KeyError as error:
        raise UserError(f"{target.stack_name} has no output {error}; deploy it again") from error


def read(path: Path) -> str:
    """The statement in a file. Raises `UserError` if the file is not readable UTF-8."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error
