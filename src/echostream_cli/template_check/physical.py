"""Names, ids and ARNs as AWS would give them to the resources of a deployment."""

from collections.abc import Mapping
from typing import Any

from echostream_cli.template_check.resource_types import TYPES

ATTRIBUTES = {
    "Arn": "{arn}",
    "ApiEndpoint": "https://a1b2c3d4e5.execute-api.{region}.amazonaws.com",
    "DomainName": "d111111abcdef8.cloudfront.net",
    "Id": "{ref}",
    "QueueName": "{name}",
    "RegionalDomainName": "{name}.s3.{region}.amazonaws.com",
    "StreamArn": "{arn}/stream/2026-01-01T00:00:00.000",
    "TopicName": "{name}",
    "Version": "1",
}
"""What `!GetAtt` returns."""
RELATED = {"function": "FunctionName", "database": "DatabaseName", "bucket": "Bucket"}
"""Properties that refer to the resource of which an ARN has the name, by their word in `TYPES`."""


class Physical:
    """The resources of one resolved template (`Resolver.template`)."""

    def __init__(self, template: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self._resources = template["Resources"]
        self._stack = values["AWS::StackName"]
        self.place = {
            "region": values["AWS::Region"],
            "account": values["AWS::AccountId"],
            "stack": self._stack,
        }
        self._partition = values["AWS::Partition"]

    def references(self) -> dict[str, str]:
        """What `Resolver` needs to replace references: `Lake`, `Lake.Arn` and so on."""
        known = {n: r for n, r in self._resources.items() if r["Type"] in TYPES}
        return {
            f"{name}{suffix}": value
            for name in known
            for suffix, value in self._references_to(name).items()
        }

    def _references_to(self, name: str) -> dict[str, str]:
        physical = self.name(name) or f"{self._stack}-{name}-ABCDEFGHIJKL"
        arn = self.arns(name)[0]
        region, account = self.place["region"], self.place["account"]
        special = {
            "name": physical,
            "arn": arn,
            "url": f"https://sqs.{region}.amazonaws.com/{account}/{physical}",
        }
        ref = TYPES[self._resources[name]["Type"]].ref
        ref = special.get(ref, ref.format_map(self.place))
        parts = {**self.place, "arn": arn, "name": physical, "ref": ref}
        attributes = {f".{key}": text.format_map(parts) for key, text in ATTRIBUTES.items()}
        return {"": ref, **attributes}

    def name(self, name: str) -> str:
        """The name of a resource; empty if AWS generates an id instead."""
        kind = TYPES[self._resources[name]["Type"]]
        if not kind.name:
            return ""
        explicit = self.explicit_name(name)
        if explicit:
            return explicit
        generated = f"{self._stack}-{name}-ABCDEFGHIJKL"[: kind.longest]
        return generated.lower() if kind.is_lower_case else generated

    def explicit_name(self, name: str) -> str:
        """The name that the template gives a resource; empty if CloudFormation chooses one."""
        resource = self._resources[name]
        value: Any = resource.get("Properties", {})
        for key in TYPES[resource["Type"]].name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    def arns(self, name: str) -> tuple[str, ...]:
        """The ARNs of a resource that policies see."""
        properties = self._resources[name].get("Properties", {})
        parts = {
            **self.place,
            "name": self.name(name),
            "path": properties.get("Path", "/"),
            **{word: self._related(properties.get(key)) for word, key in RELATED.items()},
        }
        kind = TYPES[self._resources[name]["Type"]]
        return tuple(f"arn:{self._partition}:{arn.format_map(parts)}" for arn in kind.arns)

    def function_arn(self, name: str) -> str:
        """The ARN of the Lambda function to which a resource refers."""
        function = self._related(self._resources[name].get("Properties", {}).get("FunctionName"))
        place = f"{self.place['region']}:{self.place['account']}"
        return f"arn:{self._partition}:lambda:{place}:function:{function}"

    def _related(self, value: Any) -> str:
        """The name of the resource to which a property refers, through aliases too."""
        if not isinstance(value, dict):
            return str(value)
        target = value.get("Ref") or value.get("Fn::GetAtt", ["?"])[0]
        resource = self._resources.get(target)
        if resource is None or resource["Type"] not in TYPES:
            return f"{self._stack}-{target}"
        own = resource.get("Properties", {}).get("FunctionName")
        return self._related(own) if isinstance(own, dict) else self.name(target)
