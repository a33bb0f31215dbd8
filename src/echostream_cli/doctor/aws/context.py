"""A run of questions: the deployment that is asked, and the lake that several questions share."""

import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from echostream_cli.doctor.aws import scratch_lake
from echostream_cli.doctor.aws.scratch_lake import ScratchLake
from echostream_cli.doctor.probe_context import CONFIG, Endpoint, ProbeContext
from echostream_cli.target import Target

PREFIX = "echostream-doctor-aws-"
"""The beginning of the name of everything that the questions create."""


class NotDeployed(Exception):
    """The question is about a deployed stage, and there is none."""


class TargetEndpoint(Endpoint):
    """An endpoint whose clients are those of a deployment: AWS, or an emulator with companion."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.endpoint, target.region)
        self._target = target

    def client(self, service: str) -> Any:
        return self._target.client(service, CONFIG)


class Run:
    """One run of the questions. `outputs` are those of the deployed stage, empty without one."""

    def __init__(self, target: Target, outputs: Mapping[str, str]) -> None:
        self.target, self.outputs = target, outputs
        self.engine = TargetEndpoint(target)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @cached_property
    def lake(self) -> ScratchLake:
        """A lake with a document each of two tenants; created when it is first used."""
        return scratch_lake.create(self._stack.enter_context(AskContext(self)))

    @property
    def private_names(self) -> list[str]:
        """Names of the user's deployment, and of what the run creates."""
        created = (PREFIX, PREFIX.replace("-", "_"))
        return [self.target.stack_name, *created, *self.outputs.values()]

    def require_stage(self) -> Mapping[str, str]:
        """The outputs of the deployed stage. Raises `NotDeployed`."""
        if not self.outputs:
            raise NotDeployed("the stage is not deployed; deploy it and ask again")
        return self.outputs


class AskContext(ProbeContext):
    """The context of one question: its resources have its name, and it deletes them."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.engine)
        self.name = f"{PREFIX}{uuid.uuid4().hex[:8]}"
        self.run = run
