"""The template's types of resources on moto, and moto as an engine of `make doctor`."""

from echostream_cli.doctor import moto_server, suite, template_types
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import PROBES

VERDICTS = {
    "AWS::DynamoDB::Table": "works",
    "AWS::Lambda::Function": "works",
    "AWS::ApiGatewayV2::Api": "missing",
    "AWS::Lambda::Permission": "not run",
    # Without Docker moto runs no functions, which is not a difference of behaviour.
    "invocation": "not run",
    "objects": "works",
    "duplicate_item": "missing",
}


def test_verdicts_on_moto(settings):
    """A stack that lacks a resource in silence is told from one that has it."""
    engine = Endpoint(settings.target.endpoint, "us-east-1")
    every = [*PROBES, *template_types.probes()]
    chosen = [probe for probe in every if probe.name in VERDICTS]
    findings = suite.run_all(engine, chosen)
    assert {name: finding.verdict for name, finding in findings.items()} == VERDICTS
    assert findings["AWS::ApiGatewayV2::Api"].detail.endswith("without the resource")
    assert "undefined resource UserPool" in findings["AWS::Lambda::Permission"].detail


def test_types_are_probed_on_emulators_only():
    """On AWS they would cost money and hours."""
    assert suite.all_probes(Endpoint(None, "us-east-1")) == PROBES
    assert len(suite.all_probes(Endpoint("http://localhost:1", "us-east-1"))) > len(PROBES)


def test_column_has_the_pinned_version():
    assert moto_server.name().startswith("moto 5.")
