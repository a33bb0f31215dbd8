"""Which services LocalStack lacks with a token, before a deployment begins."""

import pytest

from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import MISSING, Probe, run
from echostream_cli.doctor.template_parts import translate
from echostream_cli.errors import UserError
from echostream_cli.sandbox import compose, containers, localstack_plan
from echostream_cli.sandbox.localstack_plan import SERVICES, Refusal, find_refusals, require
from echostream_cli.settings import Settings
from echostream_cli.target import SANDBOX, Target
from tests.unit.echostream_cli.fake_localstack import SENTENCES, FakeLocalStack

SERVICE_OF_TYPE = {
    "ApiGatewayV2": "apigatewayv2",
    "Cognito": "cognito-idp",
    "Events": "events",
    "CloudWatch": "cloudwatch",
    "DynamoDB": "dynamodb",
    "Lambda": "lambda",
    "SecretsManager": "secretsmanager",
}
"""Of types of resources whose service boto3 does not call the same in lower case."""
OPTIONAL = {"budgets"}
"""Services of resources that the sandbox's stack never has."""


def target(fake):
    """A sandbox on a LocalStack, with a companion that must not be asked."""
    companion = {"glue": "http://127.0.0.1:9", "athena": "http://127.0.0.1:9"}
    return Target("echostream", SANDBOX, "us-east-1", fake.url, companion)


def test_complete_plan_lacks_nothing():
    """Each service is asked once, by a call that needs no resource."""
    with FakeLocalStack() as fake:
        assert find_refusals(target(fake)) == []
        assert require(target(fake)) == f"all {len(SERVICES)} are there"
    assert len(fake.asked) == 2 * len(SERVICES)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("license", "not in your plan"),
        ("operation", "not in your plan"),
        ("version", "only in a newer version of LocalStack"),
        ("absent", "not emulated"),
        ("unknown", "not in your plan, or not emulated"),
        ("version 3", "not in your plan, or not emulated"),
    ],
)
@pytest.mark.parametrize("service", ["apigateway", "cloudfront", "glue"])
def test_sentence_is_understood_in_each_protocol(service, sentence, reason):
    """REST with JSON, REST with XML, and JSON."""
    [asked] = [one for one in SERVICES if one.name.startswith(service)]
    with FakeLocalStack(**{service: sentence}) as fake:
        assert find_refusals(target(fake), [asked]) == [Refusal(asked, reason)]


def test_free_plan_is_refused_with_a_table():
    """Before anything is deployed; the table has the plan and the use of each service."""
    names = {"apigateway": "license", "cognito-idp": "license", "cloudfront": "unknown"}
    with FakeLocalStack(**names) as fake, pytest.raises(UserError) as failure:
        require(target(fake))
    head, table_head, *rows, hint = str(failure.value).splitlines()
    assert head == (
        "LocalStack 2026.3.0:0a1b2c3, edition pro, license activated:"
        " it lacks services, so nothing was deployed."
    )
    assert table_head.split() == " ".join(localstack_plan.HEAD).split()
    assert [row.split()[0] for row in rows] == ["apigatewayv2", "cognito-idp", "cloudfront"]
    assert "the API" in rows[0]
    assert "Base or Ultimate" in rows[0]
    assert rows[0].endswith("not in your plan")
    assert hint.startswith("Without LOCALSTACK_AUTH_TOKEN")


def test_unknown_sentence_is_shown_as_it_is(monkeypatch):
    monkeypatch.setitem(SENTENCES, "new", "The {} service is on holiday.")
    [glue] = [one for one in SERVICES if one.name == "glue"]
    with FakeLocalStack(glue="new") as fake:
        [refusal] = find_refusals(target(fake), [glue])
    assert refusal.reason == "The glue service is on holiday."


def test_emulator_that_does_not_answer_is_a_reason():
    [refusal] = find_refusals(
        Target("echostream", SANDBOX, "us-east-1", "http://127.0.0.1:9"), SERVICES[:1]
    )
    assert refusal.reason.startswith("no answer: ")


def test_each_type_of_the_template_has_its_service_in_the_list():
    """A new kind of resource is asked for before a deployment."""
    kinds = {r["Type"].split("::")[1] for r in translate()["Resources"].values()}
    needed = {SERVICE_OF_TYPE.get(kind, kind.lower()) for kind in kinds}
    names = {service.name for service in SERVICES}
    assert needed - OPTIONAL <= names
    assert len(names) == len(SERVICES)


def test_up_asks_before_it_deploys(monkeypatch, tmp_path):
    """Only LocalStack is asked; a refusal ends `make up` before the deployer runs."""
    steps: list[str] = []
    for name in ("_start", "_run_deployer"):
        monkeypatch.setattr(containers, name, lambda *_, name=name: steps.append(name))
    monkeypatch.setattr(containers, "build", lambda _: "done")
    monkeypatch.setattr(compose, "run", lambda *_: None)

    def refuse(_):
        steps.append("asked")
        raise UserError("it lacks services")

    monkeypatch.setattr(localstack_plan, "require", refuse)
    settings = Settings(state_dir=tmp_path, mode="docker", dashboard=False)
    containers.up(settings)
    assert steps == ["_start", "_start", "_run_deployer"]
    steps.clear()
    token = Settings(state_dir=tmp_path, mode="docker", localstack_auth_token="ls-a")
    with pytest.raises(UserError, match="lacks services"):
        containers.up(token)
    assert steps == ["_start", "asked"]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_doctor_counts_such_a_service_as_missing(sentence):
    with FakeLocalStack(athena=sentence) as fake:
        engine = Endpoint(fake.url, "us-east-1")
        probe = Probe("Athena", "b", "", "", lambda c: c.client("athena").list_work_groups())
        assert run(probe, engine).verdict == MISSING
