"""AWS's REST-JSON protocol: paths of operations, checks of requests, errors.

The path and the method of a request name the operation; the service models in botocore have them.
The type of an error is in a header, and its status depends on its type.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import OperationModel, ServiceModel, Shape
from botocore.model import StructureShape as Structure

from aws_companion.protocol import (
    ServiceError,
    constraint_violations,
    decode,
    members_of,
    raise_violations,
    type_errors,
)

CONTENT_TYPE = "application/json"
ERROR_HEADER = "x-amzn-errortype"
INVALID = "ValidationException"
_LABEL = re.compile(r"\{(\w+)\}")


def paths(model: ServiceModel) -> Iterator[tuple[str, str, str]]:
    """Name, method and path of each operation. The labels of a path may contain slashes."""
    for name in model.operation_names:
        http = model.operation_model(name).http
        yield name, str(http["method"]), _LABEL.sub(r"{\1:path}", str(http["requestUri"]))


def parse_request(
    body: bytes, labels: Mapping[str, str], operation: OperationModel
) -> dict[str, Any]:
    """The members of a request, from its body and its path.

    ValidationException, with the names of the members, for a body that is no JSON object, a wrong
    type, and a member that is missing or breaks a limit. Unknown members are ignored.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    try:
        members = {**decode(body or b"{}"), **labels}
    except ServiceError as error:
        raise ServiceError(INVALID, error.message) from error
    members = {name: value for name, value in members.items() if name in shape.members}
    for message in type_errors(members, shape, ""):
        raise ServiceError(INVALID, message)
    raise_violations(
        [*constraint_violations(members, shape, ""), *_limit_violations(members, shape, "")]
    )
    return members


def with_status(error: ServiceError, operation: OperationModel) -> ServiceError:
    """An error with the status that the operation's model has for its code, if it has one."""
    for shape in operation.error_shapes:
        if shape.name == error.code:
            status = int(shape.metadata["error"]["httpStatusCode"])
            return ServiceError(error.code, error.message, status)
    return error


def _limit_violations(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """A message for each limit that `constraint_violations` does not check."""
    prefix = f"Value at '{path}' failed to satisfy constraint: Member must"
    for rule in _broken_limits(value, shape):
        yield f"{prefix} {rule}"
    for inner, inner_shape, name in members_of(value, shape, path):
        if inner is not None:
            yield from _limit_violations(inner, inner_shape, name)


def _broken_limits(value: Any, shape: Shape) -> Iterator[str]:
    if isinstance(shape, Structure) and shape.is_tagged_union:
        if sum(value.get(name) is not None for name in shape.members) != 1:
            yield f"have exactly one of the members {', '.join(shape.members)}"
    elif shape.type_name in ("string", "list", "map"):
        yield from _broken_lengths(value, shape)
    elif shape.type_name in ("integer", "long", "float", "double"):
        least, most = shape.metadata.get("min", value), shape.metadata.get("max", value)
        if not value >= least:
            yield f"be greater than or equal to {least}"
        if not value <= most:
            yield f"be less than or equal to {most}"


def _broken_lengths(value: Any, shape: Shape) -> Iterator[str]:
    most, pattern = shape.metadata.get("max"), shape.metadata.get("pattern")
    if most is not None and len(value) > most:
        yield f"have length less than or equal to {most}"
    elif pattern and not re.fullmatch(str(pattern), value):
        yield f"satisfy regular expression pattern: {pattern}"
