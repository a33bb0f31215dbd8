"""JavaScript modules of the page, run by node."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from echostream_cli.paths import ROOT

SITE = ROOT / "site"
MODULES = ("messages", "formatting", "errors", "counted", "themes", "theme_poll")
node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def page(expression: str) -> Any:
    """The value of a JavaScript expression, or of its promise, that may use the page's modules."""
    imports = "".join(f'import * as {name} from "{SITE / name}.js";' for name in MODULES)
    script = f"{imports} console.log(JSON.stringify(await ({expression})))"
    command = ["node", "--input-type=module", "--eval", script]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
