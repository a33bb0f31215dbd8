"""Prints the structure of the code: folders, imports between packages, sizes.

    python scripts/structure.py [REVISION]

An arrow is an import from one package to another. Two packages that import each other have two
backward arrows. Tests are excluded. With a git revision, the files of that revision are measured.
"""

import ast
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
SOURCE_ROOTS = ("src", "companion/src", ".")
EXCLUDED = ("tests", "companion/tests", ".venv", ".sandbox", ".aws-sam")
SPLIT = ("echostream", "echostream_cli", "dashboard", "aws_companion", "localstack", "bench")
"""Packages whose sub-packages count as packages."""


def main() -> None:
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory() as folder:
            archive = subprocess.run(
                ["git", "archive", sys.argv[1]],  # noqa: S607
                cwd=ROOT,
                capture_output=True,
                check=True,
            )
            path = Path(folder) / "revision.tar"
            path.write_bytes(archive.stdout)
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
            path.unlink()
            report(Path(folder))
    else:
        report(ROOT)


def report(root: Path) -> None:
    """Print folders, arrows and sizes."""
    files = dict(modules(root))
    arrows = arrows_of(files)
    backward = [pair for pair in arrows if pair[::-1] in arrows]
    folders = sorted(path.name for path in root.iterdir() if is_project_folder(path))
    print(f"top-level folders ({len(folders)}): {' '.join(folders)}")
    print(f"packages: {len({package_of(name) for name in files})}")
    print(f"arrows between packages: {len(arrows)}, backward: {len(backward)}")
    for one, other in sorted(backward):
        print(f"  backward: {one} -> {other} ({arrows[one, other]} imports)")
    lines = sorted(len(path.read_text("utf-8").splitlines()) for path in files.values())
    functions = sorted(size for path in files.values() for size in function_sizes(path))
    print(f"files: {len(lines)}, lines a file: median {median(lines):.0f}, most {lines[-1]}")
    print(
        f"functions: {len(functions)}, lines a function: median {median(functions):.0f},"
        f" most {functions[-1]}"
    )


def is_project_folder(path: Path) -> bool:
    """Whether this is a folder that is neither hidden nor created by a tool."""
    return (
        path.is_dir()
        and not path.name.startswith((".", "__"))
        and not path.name.endswith(".egg-info")
    )


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """The import name and path of every module."""
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root).as_posix()
        if relative.startswith(EXCLUDED) or "/." in f"/{relative}":
            continue
        source = next(r for r in SOURCE_ROOTS if r == "." or relative.startswith(f"{r}/"))
        name = relative.removeprefix(f"{source}/").removesuffix(".py").removesuffix("/__init__")
        yield name.replace("/", "."), path


def package_of(module: str) -> str:
    """The package of a module, or its sub-package if the package is in SPLIT."""
    if module.endswith(".__main__"):
        return module
    first, _, rest = module.partition(".")
    second = rest.partition(".")[0] if "." in rest else ""
    return f"{first}.{second}" if first in SPLIT and second else first


def arrows_of(files: dict[str, Path]) -> dict[tuple[str, str], int]:
    """The number of imports from one package to another."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for name, path in files.items():
        for imported in imports(path, files):
            arrow = package_of(name), package_of(imported)
            if arrow[0] != arrow[1]:
                counts[arrow] += 1
    return dict(counts)


def imports(path: Path, files: dict[str, Path]) -> Iterator[str]:
    """The modules of the project that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in files or node.module in files:
                    yield name if name in files else node.module


def function_sizes(path: Path) -> Iterator[int]:
    """The number of lines of each function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


if __name__ == "__main__":
    main()
