"""Checks that the Linux of a Lambda runtime can load the native libraries of a layer.

python check_libraries.py FOLDER RUNTIME ARCHITECTURE

A library that needs a newer glibc deploys, and fails when a function imports it. The tag of a wheel
says what its build promises; the versions of symbols are what the dynamic linker compares. Those of
libstdc++ (`GLIBCXX_`, `CXXABI_`) are not checked.
"""

import re
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GLIBC: Mapping[str, tuple[int, ...]] = {"python3.11": (2, 26), "python3.13": (2, 34)}
"""The glibc of the runtime's Linux: Amazon Linux 2 and Amazon Linux 2023. None has a
version `GLIBC_ABI_*`: the first came with 2.36."""
MACHINES: Mapping[str, int] = {"x86_64": 62, "arm64": 183}
"""`e_machine` in the header of an ELF file (elf.h)."""
_NEEDED_VERSIONS = 0x6FFFFFFE
"""Type of the section with versions of symbols that a file needs, SHT_GNU_verneed (elf.h)."""
_ABI_TAG = re.compile(r"[.]cpython-3(\d+)-")


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library: its machine by `e_machine`, and the versions of symbols that it needs."""

    machine: int
    needs: frozenset[str]

    @property
    def glibc(self) -> tuple[int, ...]:
        """The newest version of glibc that it needs; empty if none."""
        found = (re.fullmatch(r"GLIBC_([0-9.]+)", name) for name in self.needs)
        return max((tuple(map(int, match[1].split("."))) for match in found if match), default=())


def read(content: bytes) -> Library:
    """Read a library in the format ELF, of 64 bits and little-endian. Raises `ValueError`."""
    if content[:6] != b"\x7fELF\2\1":
        raise ValueError("is no ELF file of 64 bits, little-endian")
    (machine,) = struct.unpack_from("<H", content, 18)
    (start,) = struct.unpack_from("<Q", content, 40)
    size, number = struct.unpack_from("<HH", content, 58)
    sections = [struct.unpack_from("<IIQQQQI", content, start + i * size) for i in range(number)]
    needs: set[str] = set()
    for _, kind, _, _, offset, _, names in sections:
        if kind == _NEEDED_VERSIONS:
            needs.update(_read_versions(content, offset, sections[names][4]))
    return Library(machine, frozenset(needs))


def _read_versions(content: bytes, need: int, names: int) -> Iterator[str]:
    """The names of versions in a list of lists: of files, and of versions of each (elf.h)."""
    step = -1
    while step:
        _, number, _, first, step = struct.unpack_from("<HHIII", content, need)
        version = need + first
        for _ in range(number):
            _, _, _, name, following = struct.unpack_from("<IHHII", content, version)
            start = names + name
            yield content[start : content.index(b"\0", start)].decode()
            version += following
        need += step


def list_problems(root: Path, runtime: str, architecture: str) -> Iterator[str]:
    """What the runtime cannot load, a sentence for each reason."""
    for path in sorted(root.rglob("*.so*")):
        library = read(path.read_bytes())
        name = path.relative_to(root)
        if library.machine != MACHINES[architecture]:
            yield f"{name} is for machine {library.machine}, not for {architecture}"
        for marker in sorted(need for need in library.needs if need.startswith("GLIBC_ABI_")):
            yield f"{name} needs {marker}, which the glibc of {runtime} does not have"
        if library.glibc > GLIBC[runtime]:
            needed, present = (".".join(map(str, v)) for v in (library.glibc, GLIBC[runtime]))
            yield f"{name} needs glibc {needed}, the runtime {runtime} has {present}"
        tag = _ABI_TAG.search(path.name)
        if tag and f"python3.{tag[1]}" != runtime:
            yield f"{name} is for Python 3.{tag[1]}, not for {runtime}"


if __name__ == "__main__":
    sys.exit("\n".join(list_problems(Path(sys.argv[1]), *sys.argv[2:])) or None)
