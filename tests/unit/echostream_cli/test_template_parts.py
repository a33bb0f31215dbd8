"""Parts of the translated template that CloudFormation can create alone."""

import json

from echostream_cli.doctor import template_types
from echostream_cli.doctor.template_parts import (
    CODE,
    closure,
    part_of,
    smallest_by_type,
    to_json,
    translate,
)


def test_template_is_translated():
    """No type of SAM is left, and the code of functions and layers is the probe's."""
    kinds = {resource["Type"] for resource in translate()["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith("AWS::Serverless")]
    assert {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion"} <= kinds
    code = translate()["Resources"]["QueryFunction"]["Properties"]["Code"]
    assert f"s3://{code['S3Bucket']}/{code['S3Key']}" == CODE


def test_closure_follows_every_kind_of_reference():
    """Ref, GetAtt, Sub, DependsOn, and references of what is referred to."""
    assert closure(["Table"]) == {"Table"}
    assert closure(["SiteHeaders"]) >= {"SiteHeaders", "UserPoolDomain", "UserPool"}  # Sub
    assert closure(["DeriveFunctionChanges"]) >= {"DeriveFunction", "DeriveFunctionRole", "Table"}
    resources = translate()["Resources"]
    dependent = next(name for name, one in resources.items() if one.get("DependsOn"))
    wanted = resources[dependent]["DependsOn"]
    assert closure([dependent]) >= ({wanted} if isinstance(wanted, str) else set(wanted))


def test_part_can_be_created_and_deleted():
    """It has all that it refers to, no outputs, and nothing that stays when it is deleted."""
    part = part_of(["Table", "Lake"])
    assert part["Resources"].keys() == {"Table", "Lake"}
    assert "Outputs" not in part
    assert "Retain" not in to_json(part)
    assert "Retain" in to_json({"Resources": translate()["Resources"]})
    assert json.loads(to_json(part)) == json.loads(json.dumps(part, default=str))


def test_each_type_has_a_probe_of_the_resource_that_needs_least():
    kinds = {resource["Type"] for resource in translate()["Resources"].values()}
    assert [probe.name for probe in template_types.probes()] == sorted(kinds)
    chosen = smallest_by_type()["AWS::Lambda::Function"]
    sizes = {
        name: len(closure([name]))
        for name, resource in translate()["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert sizes[chosen] == min(sizes.values()) < max(sizes.values())
