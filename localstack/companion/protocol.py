"""AWS's JSON 1.1 protocol: requests taken apart, answers and errors put together.

What a request and an answer may hold is not written down here: it comes from the service model
that botocore ships. The rules for the wire are in the Smithy specification, "AWS JSON 1.1".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StringShape
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
}


class ServiceError(Exception):
    """An error as AWS sends it: a code that the SDK turns into an exception, and a message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> dict[str, str]:
        """Both spellings of the message: SDKs differ in which they read."""
        return {"__type": self.code, "Message": self.message, "message": self.message}


class BadAnswer(Exception):
    """An answer of ours that the service model does not allow. The message says where."""


@cache
def service_model(name: str) -> ServiceModel:
    """The model of a service (`comprehend`), as botocore ships it."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def operation(model: ServiceModel, name: str) -> OperationModel:
    """An operation of a service. UnknownOperationException for one that AWS has not."""
    if name not in model.operation_names:
        raise unknown_operation(name)
    return model.operation_model(name)


def unknown_operation(name: str) -> ServiceError:
    return ServiceError("UnknownOperationException", f"{name or 'no X-Amz-Target'}: no such action")


def parameters(body: bytes, operation_model: OperationModel) -> dict[str, Any]:
    """The members of a request.

    SerializationException for what is not JSON, is no Unicode text or has the wrong type,
    ValidationException for what is missing, too short or not one of the allowed values. Members
    that the model does not know are ignored, as AWS ignores them.
    """
    decoded, shape = _decoded(body), operation_model.input_shape
    if shape is None:
        return {}
    known = {name: value for name, value in decoded.items() if name in shape.members}
    for problem in _wrong_types(known, shape, ""):
        raise ServiceError("SerializationException", problem)
    problems = list(_broken_constraints(known, shape, ""))
    if problems:
        number = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise ServiceError("ValidationException", f"{number}: {'; '.join(problems)}")
    return known


def checked(answer: dict[str, Any], operation_model: OperationModel) -> dict[str, Any]:
    """The answer itself, if the service model allows it. BadAnswer names what is wrong.

    Models give least lengths for lists that AWS leaves empty all the same.
    """
    shape = operation_model.output_shape or Structure("Nothing", {})
    needed = shape.required_members
    filled = {name: value for name, value in answer.items() if value != [] or name in needed}
    report = ParamValidator().validate(filled, shape)
    if report.has_errors():
        raise BadAnswer(f"{operation_model.name}: {report.generate_report()}")
    return answer


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise ServiceError("SerializationException", "the body is not JSON in UTF-8") from error
    if not isinstance(decoded, dict):
        raise ServiceError("SerializationException", "the body is not a JSON object")
    return decoded


def _wrong_types(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """What cannot be read as the shape, by member. A null counts as absent."""
    if value is None:
        return
    is_switch = isinstance(value, bool) and shape.type_name != "boolean"
    if is_switch or not isinstance(value, _TYPES.get(shape.type_name, (object,))):
        yield f"{path}: expected {shape.type_name}, got {_json_type(value)}"
    elif isinstance(value, str) and not _is_unicode(value):
        yield f"{path}: half of a surrogate pair is no character"
    else:
        for inner, inner_shape, name in _parts(value, shape, path):
            yield from _wrong_types(inner, inner_shape, name)


def _broken_constraints(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """What the model's constraints refuse, in AWS's manner: the member, then the constraint."""
    failed = f"Value at '{path}' failed to satisfy constraint: Member must"
    if isinstance(shape, Structure):
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: " + (
                    "Member must not be null"
                )
    least = shape.metadata.get("min")
    if least is not None and isinstance(value, (str, list)) and len(value) < least:
        yield f"{failed} have length greater than or equal to {least}"
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{failed} satisfy enum value set: [{', '.join(shape.enum)}]"
    for inner, inner_shape, name in _parts(value, shape, path):
        if inner is not None:
            yield from _broken_constraints(inner, inner_shape, name)
        elif isinstance(shape, ListShape):
            yield f"Value null at '{name}' failed to satisfy constraint: Member must not be null"


def _parts(value: Any, shape: Shape, path: str) -> Sequence[tuple[Any, Shape, str]]:
    """The members of a structure or list, with their shapes and names."""
    if isinstance(shape, Structure):
        members = cast(Mapping[str, Shape], shape.members)
        known = [name for name in value if name in members]
        return [(value[name], members[name], _join(path, name)) for name in known]
    if isinstance(shape, ListShape):
        return [(inner, shape.member, f"{path}.{at}") for at, inner in enumerate(value)]
    return []


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _json_type(value: Any) -> str:
    names = {bool: "boolean", dict: "object", list: "list", str: "string"}
    return names.get(type(value), "number")
