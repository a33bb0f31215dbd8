"""Makes two packages of Powertools import a module only when one of its names is used.

`event_handler` imports all resolvers, and with them asyncio; `utilities.data_classes` imports the
events of all services. A function of ours uses one resolver and one event. Names and modules are
unchanged; only the packages' `__init__.py` is replaced.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("event_handler", "utilities/data_classes")
CONTENT = '''"""Imports a module when a name of it is used; replaces imports of all modules."""

from importlib import import_module

_MODULES = {modules}
__all__ = {names}


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    globals()[name] = getattr(import_module(_MODULES[name], __name__), name)
    return globals()[name]
'''


def make_lazy(package: Path) -> None:
    """Replace the package's `__init__.py`, which must contain imports from its modules only."""
    path = package / "__init__.py"
    modules = dict(_modules(path, ast.parse(path.read_text(encoding="utf-8"))))
    path.write_text(CONTENT.format(modules=modules, names=sorted(modules)), encoding="utf-8")


def _modules(path: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that the file imports, with its module."""
    for node in tree.body:
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=level) if not any(
                name.asname for name in names
            ):
                yield from ((name.name, "." * level + module) for name in names)
            case ast.Expr(value=ast.Constant()) | ast.Assign(targets=[ast.Name(id="__all__")]):
                pass
            case _:
                raise SystemExit(
                    f"{path}:{node.lineno}: not a plain import, so that imports cannot be replaced;"
                    f" remove the package from PACKAGES in {__file__}"
                )


if __name__ == "__main__":
    for name in PACKAGES:
        make_lazy(Path(sys.argv[1]) / "aws_lambda_powertools" / name)
