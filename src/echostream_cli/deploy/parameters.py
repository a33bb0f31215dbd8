"""The template's parameters. On an emulator some of them follow from its address."""

import hashlib
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from echostream_cli import emulators
from echostream_cli.costs import template
from echostream_cli.errors import UserError
from echostream_cli.lambda_platform import LambdaPlatform, on_aws, on_this_host
from echostream_cli.settings import running_at
from echostream_cli.stages import Stage
from echostream_cli.target import Target


def resolve(
    stage: Stage, target: Target, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The parameters of a deployment by name. Raises `UserError` for a malformed endpoint."""
    if target.endpoint is None:
        return dict(stage.parameters)
    return {**stage.parameters, **_get_emulator_parameters(target, target.endpoint, environ)}


def _get_emulator_parameters(
    target: Target, endpoint: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """The emulator's addresses, and switches for what the emulator does not support."""
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.port:
        raise UserError(f"ENDPOINT: must be like http://localhost:4566, is {endpoint!r}")
    found = emulators.identify(endpoint)
    emulator = found[0] if found else emulators.MINISTACK
    running = running_at(endpoint)
    companion = running.companion_url_for_functions if running else ""
    api_id = hashlib.sha256(target.stack_name.encode()).hexdigest()[:8]
    return {
        "Architecture": on_this_host().architecture,
        "Runtime": on_this_host().runtime,
        "RequireTls": "false",
        "DeriveWindow": "0",  # emulators do not wait
        "EmulatorPort": str(parts.port),
        "ApiId": api_id,
        "EmulatorHost": emulator.host,
        "ApiEndpoint": emulator.api_url(endpoint, api_id),
        "AthenaEndpoint": environ.get("AWS_ENDPOINT_URL_ATHENA", companion),
        "BedrockEndpoint": environ.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", companion),
        "ComprehendEndpoint": environ.get("AWS_ENDPOINT_URL_COMPREHEND", companion),
        "MonthlyBudget": "0",
        "GradualDeployment": "false",
    }


def get_platform(parameters: Mapping[str, str], target: Target) -> LambdaPlatform:
    """The platform for which functions and layers are built. Raises `UserError`."""
    if target.endpoint is not None:
        return on_this_host()
    return on_aws(*(template.get_text(name, parameters) for name in ("Runtime", "Architecture")))
