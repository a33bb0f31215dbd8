"""The check of a layer's native libraries."""

import itertools
import shutil
import struct
import subprocess
from runpy import run_path

import pytest

from echostream_cli import lambda_platform
from echostream_cli.paths import ROOT
from tests.unit.test_architecture import TEMPLATE

CHECK = run_path(str(ROOT / "lambdas" / "layers" / "check_libraries.py"))

X86_64, AARCH64 = 62, 183
NAMES_AT, NEEDS_AT, SECTIONS_AT = 64, 256, 512


def library(machine, *needs):
    """An ELF file with a list of symbol versions that it needs, all of one library."""
    names = b"\0" + b"\0".join(name.encode() for name in needs) + b"\0"
    versions = b"".join(
        struct.pack("<IHHII", 0, 0, 2, names.index(b"\0" + name.encode() + b"\0") + 1, 16)
        for name in needs
    )
    needed = struct.pack("<HHIII", 1, len(needs), 0, 16, 0) + versions
    sections = b"".join(
        struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, offset, 0, link, 0, 0, 0)
        for kind, offset, link in ((0, 0, 0), (3, NAMES_AT, 0), (0x6FFFFFFE, NEEDS_AT, 1))
    )
    header = struct.pack("<6s10sHH", b"\x7fELF\2\1", b"", 3, machine)
    header = header.ljust(40, b"\0") + struct.pack("<Q", SECTIONS_AT)
    header = header.ljust(58, b"\0") + struct.pack("<HH", 64, 3)
    content = header.ljust(NAMES_AT, b"\0") + names
    return (content.ljust(NEEDS_AT, b"\0") + needed).ljust(SECTIONS_AT, b"\0") + sections


@pytest.fixture
def problems(tmp_path):
    """The problems of a layer with one library, for a runtime and an architecture."""

    def check(name, content, runtime="python3.11", architecture="x86_64"):
        (tmp_path / name).write_bytes(content)
        return list(CHECK["list_problems"](tmp_path, runtime, architecture))

    return check


@pytest.mark.parametrize(
    ("runtime", "version", "expected"),
    [
        ("python3.11", "GLIBC_2.26", []),
        ("python3.11", "GLIBC_2.27", ["x.so needs glibc 2.27, the runtime python3.11 has 2.26"]),
        ("python3.13", "GLIBC_2.34", []),
        ("python3.13", "GLIBC_2.35", ["x.so needs glibc 2.35, the runtime python3.13 has 2.34"]),
        ("python3.11", "GLIBC_PRIVATE", []),
        (
            "python3.13",
            "GLIBC_ABI_DT_RELR",
            ["x.so needs GLIBC_ABI_DT_RELR, which the glibc of python3.13 does not have"],
        ),
    ],
)
def test_library_that_needs_a_newer_glibc_is_found(problems, runtime, version, expected):
    """The newest version counts, by number: 2.4 is older than 2.26."""
    content = library(X86_64, "GLIBC_2.4", version, "GLIBC_2.14")
    assert problems("x.so", content, runtime) == expected


def test_library_of_another_machine_is_found(problems):
    """A layer for x86_64 does not load on arm64."""
    content = library(X86_64, "GLIBC_2.17")
    assert problems("x.so.1", content, architecture="arm64") == [
        "x.so.1 is for machine 62, not for arm64"
    ]
    assert problems("x.so.1", library(AARCH64, "GLIBC_2.17"), architecture="arm64") == []


def test_extension_of_another_python_is_found(problems):
    """CPython does not even look for it."""
    name = "x.cpython-313-x86_64-linux-gnu.so"
    content = library(X86_64, "GLIBC_2.17")
    assert problems(name, content) == [f"{name} is for Python 3.13, not for python3.11"]
    assert problems(name, content, "python3.13") == []


def test_library_without_versions_loads(problems):
    """It needs none."""
    assert problems("x.so", library(X86_64)) == []


def test_file_of_another_format_is_refused(problems):
    """That of a Mac, or a damaged one."""
    with pytest.raises(ValueError, match="is no ELF file"):
        problems("x.so", b"\xcf\xfa\xed\xfe")


def test_runtimes_of_the_template_are_those_of_layers():
    """Each has wheels, and a glibc that is checked."""
    runtimes = TEMPLATE["Parameters"]["Runtime"]["AllowedValues"]
    assert runtimes == list(lambda_platform.WHEELS) == list(CHECK["GLIBC"])
    assert set(lambda_platform.MACHINES) == set(CHECK["MACHINES"])
    assert set(lambda_platform.MACHINES) == set(
        TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]
    )


@pytest.mark.parametrize(
    ("runtime", "architecture"),
    list(itertools.product(lambda_platform.WHEELS, lambda_platform.MACHINES)),
)
def test_wheels_of_the_makefile_are_those_of_the_platform(runtime, architecture):
    """A plain `sam build` sets no LAMBDA_PLATFORM."""
    values = f"LAMBDA_RUNTIME={runtime}", f"LAMBDA_ARCHITECTURE={architecture}"
    make = shutil.which("make") or "make"
    process = subprocess.run(
        [make, "-s", "-f", "lambdas/layers/Makefile", "-f", "-", "show", *values],
        input="show:\n\t@echo $(LAMBDA_PLATFORM)\n",
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.strip() == lambda_platform.on_aws(runtime, architecture).wheels


@pytest.mark.parametrize("runtime", lambda_platform.WHEELS)
def test_wheels_need_no_newer_glibc_than_the_runtime_has(runtime):
    """The tag and the check agree."""
    tag = lambda_platform.WHEELS[runtime].removeprefix("manylinux_")
    assert tuple(map(int, tag.split("_"))) <= CHECK["GLIBC"][runtime]
