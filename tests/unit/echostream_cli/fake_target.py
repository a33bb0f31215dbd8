"""A deployment whose AWS clients return prepared responses."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from echostream_cli.target import Target

NOTHING_ACCEPTED = frozenset[str]()


@dataclass
class FakeService:
    """An AWS service: a response, an error, or a list of these for each operation."""

    responses: dict[str, Any]
    calls: list[str] = field(default_factory=list)
    pages: list[Any] = field(
        default_factory=lambda: [{"StackEvents": [], "StackResourceSummaries": []}]
    )

    def __getattr__(self, operation):
        def call(*_, **__):
            self.calls.append(operation)
            response = self.responses[operation]
            if isinstance(response, list):
                response = response.pop(0) if len(response) > 1 else response[0]
            if isinstance(response, Exception):
                raise response
            return response

        return call

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return self.pages


class FakeTarget(Target):
    """A stage on AWS whose services are fakes."""

    __slots__ = ("services",)
    services: dict[str, Any]

    def __init__(self, **services):
        super().__init__("echostream-staging", "staging", "us-east-1")
        fakes = {name: FakeService(responses) for name, responses in services.items()}
        object.__setattr__(self, "services", fakes)

    def client(self, service, config=None, credentials=None):
        return self.services[service.replace("-", "_")]


def client_error(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def target_in_state(*statuses):
    """A stack with these statuses, one after another; None means that it does not exist."""
    missing = client_error("ValidationError", "Stack with id echostream-staging does not exist")
    responses = [
        {"Stacks": [{"StackStatus": status, "StackId": "arn"}]} if status else missing
        for status in statuses
    ]
    return FakeTarget(cloudformation={"describe_stacks": responses, "delete_stack": {}})
