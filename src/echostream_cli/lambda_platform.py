"""What functions and layers are built for: the runtime, the architecture, the wheels of layers."""

import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT

WHEELS: Mapping[str, str] = MappingProxyType(
    {"python3.11": "manylinux_2_17", "python3.13": "manylinux_2_28"}
)
"""The tag of wheels that a runtime of Lambda can load. python3.11 runs on Amazon Linux 2, which has
glibc 2.26; python3.12 and later on Amazon Linux 2023, which has 2.34."""
MACHINES: Mapping[str, str] = MappingProxyType({"arm64": "aarch64", "x86_64": "x86_64"})
"""The names of Lambda's architectures in tags of wheels."""


@dataclass(frozen=True, slots=True)
class LambdaPlatform:
    """A runtime and an architecture by Lambda's names, and the platform of wheels by uv's."""

    runtime: str
    architecture: str
    wheels: str

    def variables(self) -> dict[str, str]:
        """The environment of lambdas/layers/Makefile."""
        return {
            "LAMBDA_RUNTIME": self.runtime,
            "LAMBDA_ARCHITECTURE": self.architecture,
            "LAMBDA_PLATFORM": self.wheels,
        }

    def find_python(self) -> Path:
        """An interpreter of the runtime's version: the SAM CLI and byte code need it.

        Raises `UserError`.
        """
        if self.runtime == own_runtime():
            return Path(sys.executable)
        version = self.runtime.removeprefix("python")
        process = subprocess.run(
            [str(ROOT / "scripts" / "find_python.sh"), version],
            capture_output=True,
            text=True,
            check=False,
        )
        if process.returncode:
            raise UserError(
                f"Runtime={self.runtime}: layers are built with Python {version}, which is not"
                " installed. Install it so that PATH or pyenv has it, or deploy another Runtime"
            )
        return Path(process.stdout.strip())


def on_aws(runtime: str, architecture: str) -> LambdaPlatform:
    """The platform of functions on AWS. Raises `UserError` for a runtime without layers."""
    if runtime not in WHEELS:
        raise UserError(f"Runtime: must be one of {', '.join(WHEELS)}, is {runtime!r}")
    return LambdaPlatform(runtime, architecture, f"{MACHINES[architecture]}-{WHEELS[runtime]}")


def on_this_host() -> LambdaPlatform:
    """The platform of functions in the emulator, which runs them on its own interpreter.

    It has the minor version of ours.
    """
    architecture = host_architecture()
    system = "apple-darwin" if sys.platform == "darwin" else "manylinux_2_28"
    return LambdaPlatform(own_runtime(), architecture, f"{MACHINES[architecture]}-{system}")


def own_runtime() -> str:
    """The version of this interpreter as AWS Lambda names it."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def host_architecture() -> str:
    """This machine's architecture as AWS Lambda names it."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
