"""Who may call the sandbox: only the holder of its secret, with every kind of signature."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
import urllib3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from echostream_cli.credentials import ACCESS_KEY, ANY_SECRET
from echostream_cli.outputs import demo_user
from echostream_client.cognito import SignInFailed

REFUSED = {"InvalidSignatureException", "SignatureDoesNotMatch"}
CALLS: dict[str, Callable[[Any], Any]] = {
    "dynamodb": lambda client: client.list_tables(),
    "s3": lambda client: client.list_buckets(),
    "lambda": lambda client: client.list_functions(),
    "iam": lambda client: client.create_user(UserName="nobody"),
    "sts": lambda client: client.get_caller_identity(),
    "secretsmanager": lambda client: client.list_secrets(),
    "cloudformation": lambda client: client.describe_stacks(),
    "cognito-idp": lambda client: client.list_user_pools(MaxResults=1),
    "logs": lambda client: client.describe_log_groups(),
    "kinesis": lambda client: client.list_streams(),
    "glue": lambda client: client.get_databases(),
    "sqs": lambda client: client.list_queues(),
    "cloudfront": lambda client: client.list_distributions(),
    "athena": lambda client: client.list_work_groups(),
}


def make_client(settings, service, access_key=ACCESS_KEY, secret=ANY_SECRET, **options):
    return boto3.client(
        service,
        endpoint_url=settings.endpoint,
        region_name=settings.aws_region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, **options),
    )


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("access_key", [ACCESS_KEY, "000000000000"])
def test_wrong_secret_is_refused_as_on_aws(settings, sandbox, service, access_key):
    """Also that of an account's number, which is another name of root on the emulator."""
    with pytest.raises(ClientError) as raised:
        CALLS[service](make_client(settings, service, access_key))
    assert raised.value.response["Error"]["Code"] in REFUSED
    assert "signature we calculated does not match" in str(raised.value)
    CALLS["sts"](make_client(settings, "sts", access_key, settings.secret_key))


@pytest.mark.parametrize("service", sorted(set(CALLS) - {"sts"}))
def test_request_without_signature_is_refused(settings, sandbox, service):
    """Whatever it changes or lists."""
    client = make_client(settings, service, signature_version=botocore.UNSIGNED)
    with pytest.raises(ClientError) as raised:
        CALLS[service](client)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 404)


def send(settings, url="/", **headers):
    """The status of a request that would list secrets."""
    target = {"X-Amz-Target": "secretsmanager.ListSecrets", **headers}
    url = url if url.startswith("http") else settings.endpoint + url
    return urllib3.request("POST", url, headers=target, body=b"{}", timeout=60).status


def sign_query(settings, secret, service="secretsmanager"):
    """The address of a request whose signature is in the query string; the body is `{}`."""

    class WithBody(SigV4QueryAuth):
        def payload(self, _):
            return "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

    request = AWSRequest("POST", settings.endpoint + "/")
    WithBody(Credentials(ACCESS_KEY, secret), service, settings.aws_region).add_auth(request)
    return request.url


def test_signature_in_the_query_string_is_checked(settings, sandbox):
    """As one in the header, and for the service that it names."""
    assert send(settings, sign_query(settings, settings.secret_key)) == 200
    assert send(settings, sign_query(settings, "test")) in (400, 403)
    assert send(settings, sign_query(settings, settings.secret_key, "s3")) in (400, 403)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"Authorization": "Bearer x"}),
        ("", {"Authorization": "Basic dGVzdDp0ZXN0"}),
        ("", {"Authorization": f"AWS {ACCESS_KEY}:c2lnbmF0dXJl"}),
        ("", {"Authorization": "AWS4-HMAC-SHA256 Credential=test"}),
        ("", {"Authorization": "AWS4-ECDSA-P256-SHA256 Credential=test/20260101/s3/aws4_request"}),
        (f"?AWSAccessKeyId={ACCESS_KEY}&Signature=x&Expires=9999999999", {}),
        (f"?X-Amz-Credential={ACCESS_KEY}/20260101/us-east-1/s3/aws4_request", {}),
        (
            f"?X-Amz-Credential={ACCESS_KEY}/20260101/us-east-1/s3/aws4_request"
            "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x",
            {"Authorization": "Bearer x"},
        ),
    ],
)
def test_incomplete_and_foreign_signatures_are_refused(settings, sandbox, query, headers):
    """A key alone is no signature, and another kind of `Authorization` is none of AWS's."""
    assert send(settings, f"/{query}", **headers) in (400, 403)


def test_secret_is_private_and_of_this_sandbox(settings, sandbox):
    """`make outputs` prints it; its file and supervisord's cannot be read by other users."""
    assert sandbox["AWS_SECRET_ACCESS_KEY"] == settings.secret_key
    assert len(settings.secret_key) == 40
    for path in (settings.credentials_file, settings.state_dir / "supervisord.conf"):
        if path.exists():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("is_right", [True, False])
def test_awslocal_uses_the_outputs(settings, sandbox, is_right):
    """As exported by the shell; a wrong secret gets AWS's own error."""
    outputs = sandbox if is_right else {**sandbox, "AWS_SECRET_ACCESS_KEY": "test"}
    shell = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.run(
        [Path(sys.executable).with_name("awslocal"), "s3", "ls", sandbox["LAKE_BUCKET"]],
        env={**shell, **outputs},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (process.returncode == 0) is is_right, process.stderr
    assert ("SignatureDoesNotMatch" in process.stderr) is not is_right


def test_sign_in_fails_if_the_claims_function_fails(settings, sandbox):
    """As on AWS; a token without a tenant would be issued otherwise."""
    functions = settings.target.client("lambda")
    name = settings.target.resource("ClaimsFunction")
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def configure(variables):
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    assert demo_user(settings, sandbox).token()
    configure({})
    try:
        with pytest.raises(SignInFailed):
            demo_user(settings, sandbox).token()
    finally:
        configure(variables)
    assert demo_user(settings, sandbox).token()
