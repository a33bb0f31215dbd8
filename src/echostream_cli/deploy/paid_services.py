"""Checks before a deployment: regions with Comprehend and Bedrock, and Comprehend's quotas."""

import math

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.comprehend import MAX_BATCH
from echostream.domain.validation import MAX_DOCUMENTS
from echostream.entrypoints.wiring import PAID_SHARE
from echostream_cli.console import require_accepted
from echostream_cli.costs import template
from echostream_cli.stages import Stage
from echostream_cli.target import Target

QUOTAS = {"BatchDetectSentiment": "L-F48BA15E", "BatchDetectDominantLanguage": "L-FD6FC352"}
"""Codes of the quotas of calls a second, by operation; AWS's default is 10 for each."""
TIMEOUT = 29
"""Seconds of the function that takes a request."""
CALLS = math.ceil(MAX_DOCUMENTS / MAX_BATCH)
"""Of each operation, for the largest request without languages."""
NEEDED = math.ceil(CALLS / (PAID_SHARE * TIMEOUT))
"""Calls a second with which such a request ends within its budget of time."""


def check_engine(stage: Stage, target: Target, accepted: frozenset[str]) -> str:
    """The engine, and what was checked. Raises `UserError` for a risk that is not accepted."""
    engine = template.get_text("Engine", stage.parameters)
    if target.endpoint is not None:
        return f"{engine}; regions and quotas are AWS's"
    notes = [engine, *_check_model(stage, target)]
    if engine != "vader":
        _require_region(engine, target, accepted)
        notes += [check_rate(target, *quota, accepted) for quota in QUOTAS.items()]
    return "; ".join(notes)


def _check_model(stage: Stage, target: Target) -> list[str]:
    """A note if rules will write digests, because the region has no Bedrock."""
    model = stage.parameters.get("DigestModel", template.get_text("DigestModel", {}))
    if not model or target.region in regions_of("bedrock", target.region):
        return []
    return [f"no Bedrock in {target.region}, so rules write digests: set DigestModel to nothing"]


def _require_region(engine: str, target: Target, accepted: frozenset[str]) -> None:
    regions = regions_of("comprehend", target.region)
    if target.region not in regions:
        require_accepted(
            "engine",
            f"Engine={engine} needs Amazon Comprehend, which {target.region} does not have"
            f" (botocore {botocore.__version__}). In samconfig.toml set Engine=vader, or region to"
            f" one of {', '.join(regions)}",
            accepted,
        )


def regions_of(service: str, region: str) -> list[str]:
    """The regions that have a service, in the partition of a region."""
    session = botocore.session.get_session()
    return session.get_available_regions(service, session.get_partition_for_region(region))


def check_rate(target: Target, operation: str, code: str, accepted: frozenset[str]) -> str:
    """The account's quota of calls a second, or why it was not checked."""
    try:
        response = target.client("service-quotas").get_service_quota(
            ServiceCode="comprehend", QuotaCode=code
        )
        quota = response["Quota"]["Value"]
    except ClientError as error:
        return f"{operation} not checked ({error.response['Error']['Code']})"
    except (BotoCoreError, KeyError) as error:
        return f"{operation} not checked ({type(error).__name__})"
    if quota < NEEDED:
        require_accepted(
            "quota",
            f"the account may call {operation} {quota:g} times a second in {target.region}; a"
            f" request of {MAX_DOCUMENTS} documents needs {NEEDED}, otherwise VADER scores a part"
            " of them. In samconfig.toml set Engine=vader, or request more: aws service-quotas"
            f" request-service-quota-increase --region {target.region} --service-code comprehend"
            f" --quota-code {code} --desired-value 10",
            accepted,
        )
    return f"{operation} {quota:g} times a second"
