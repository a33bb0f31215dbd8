"""AWS's JSON 1.1 protocol: parses requests, checks responses, formats errors.

`rest_json.py` uses the checks of members for the other protocol.

The members of requests and responses come from the service models in botocore. The wire format is
that of the Smithy specification, "AWS JSON 1.1".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from botocore.loaders import Loader
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
)
from botocore.model import StructureShape as Structure
from botocore.validate import ParamValidator

CONTENT_TYPE = "application/x-amz-json-1.1"
_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (str,),
}


class ServiceError(Exception):
    """An error as AWS sends it: a code, from which an SDK makes an exception, and a message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> dict[str, str]:
        """The error as JSON, with both spellings of the message: SDKs read either."""
        return {"__type": self.code, "Message": self.message, "message": self.message}


class InvalidResponse(Exception):
    """A response that the service model does not allow. The message names the member."""


@cache
def service_model(name: str) -> ServiceModel:
    """The model of a service (`comprehend`) from botocore."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def identifier(model: ServiceModel) -> str:
    """A service's prefix of `X-Amz-Target`, or its name if its protocol has no such header."""
    return str(model.metadata.get("targetPrefix", model.service_name))


def is_rest(model: ServiceModel) -> bool:
    """Whether the path of a request, not a header, names the operation."""
    return str(model.metadata["protocol"]) == "rest-json"


def find_operation(model: ServiceModel, name: str) -> OperationModel:
    """An operation of a service. UnknownOperationException if AWS has no such operation."""
    if name not in model.operation_names:
        raise unknown_operation_error(name)
    return model.operation_model(name)


def unknown_operation_error(name: str) -> ServiceError:
    return ServiceError("UnknownOperationException", f"{name or 'no X-Amz-Target'}: no such action")


def parse_parameters(body: bytes, operation: OperationModel) -> dict[str, Any]:
    """The members of a request.

    SerializationException for a body that is not JSON, text that is not Unicode and a wrong type;
    ValidationException for a member that is missing, too short or outside its enumeration. Unknown
    members are ignored, as AWS ignores them.
    """
    decoded, shape = decode(body), operation.input_shape
    if shape is None:
        return {}
    members = {name: value for name, value in decoded.items() if name in shape.members}
    for message in type_errors(members, shape, ""):
        raise ServiceError("SerializationException", message)
    raise_violations(list(constraint_violations(members, shape, "")))
    return members


def raise_violations(violations: Sequence[str]) -> None:
    """ValidationException with all violations, if there are any."""
    if violations:
        count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected"
        raise ServiceError("ValidationException", f"{count}: {'; '.join(violations)}")


def check_response(body: dict[str, Any], operation: OperationModel) -> None:
    """Raises `InvalidResponse` if the service model does not allow a response.

    Empty optional lists pass: models give minimum lengths for lists that AWS leaves empty.
    """
    shape = operation.output_shape or Structure("Nothing", {})
    required = shape.required_members
    filled = {name: value for name, value in body.items() if value != [] or name in required}
    report = ParamValidator().validate(filled, shape)
    if report.has_errors():
        raise InvalidResponse(f"{operation.name}: {report.generate_report()}")


def decode(body: bytes) -> dict[str, Any]:
    """A body as a JSON object. SerializationException for any other."""
    try:
        decoded = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise ServiceError("SerializationException", "the body is not JSON in UTF-8") from error
    if not isinstance(decoded, dict):
        raise ServiceError("SerializationException", "the body is not a JSON object")
    return decoded


def type_errors(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """A message for each member whose value does not fit its shape. A null counts as absent."""
    if value is None or (isinstance(shape, Structure) and shape.is_document_type):
        return
    is_wrong_boolean = isinstance(value, bool) and shape.type_name != "boolean"
    if is_wrong_boolean or not isinstance(value, _TYPES.get(shape.type_name, (object,))):
        yield f"{path}: expected {shape.type_name}, got {_json_type(value)}"
    elif isinstance(value, str) and not _is_unicode(value):
        yield f"{path}: half of a surrogate pair is not a character"
    else:
        for inner, inner_shape, name in members_of(value, shape, path):
            yield from type_errors(inner, inner_shape, name)


def constraint_violations(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """A message, worded as AWS does, for each constraint that a value violates."""
    prefix = f"Value at '{path}' failed to satisfy constraint: Member must"
    if isinstance(shape, Structure):
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: " + (
                    "Member must not be null"
                )
    minimum = shape.metadata.get("min")
    if minimum is not None and isinstance(value, (str, list)) and len(value) < minimum:
        yield f"{prefix} have length greater than or equal to {minimum}"
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{prefix} satisfy enum value set: [{', '.join(shape.enum)}]"
    for inner, inner_shape, name in members_of(value, shape, path):
        if inner is not None:
            yield from constraint_violations(inner, inner_shape, name)
        elif isinstance(shape, ListShape):
            yield f"Value null at '{name}' failed to satisfy constraint: Member must not be null"


def members_of(value: Any, shape: Shape, path: str) -> Sequence[tuple[Any, Shape, str]]:
    """The members of a structure, list or map, with their shapes and names."""
    if isinstance(shape, Structure):
        members = cast(Mapping[str, Shape], shape.members)
        names = [name for name in value if name in members]
        return [(value[name], members[name], _join(path, name)) for name in names]
    if isinstance(shape, ListShape):
        return [(inner, shape.member, f"{path}.{index}") for index, inner in enumerate(value)]
    if isinstance(shape, MapShape):
        return [(inner, shape.value, _join(path, key)) for key, inner in value.items()]
    return []


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _json_type(value: Any) -> str:
    names = {bool: "boolean", dict: "object", list: "list", str: "string"}
    return names.get(type(value), "number")
