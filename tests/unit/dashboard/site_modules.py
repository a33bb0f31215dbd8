"""JavaScript modules of the page, run by node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from echostream_cli.paths import ROOT

SITE = ROOT / "site"
MODULES = (
    "messages",
    "formatting",
    "errors",
    "counted",
    "documents",
    "filters",
    "themes",
    "theme_panel",
    "digest_panel",
    "alerts",
    "poll",
)
FILES = {name: SITE / f"{name}.js" for name in MODULES}
FILES["fake"] = Path(__file__).with_name("fake_document.mjs")
node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def page(expression: str) -> Any:
    """The value of a JavaScript expression, or of its promise, that may use the page's modules.

    `document` is a fake one.
    """
    imports = "".join(f'import * as {name} from "{file}";' for name, file in FILES.items())
    value = f"console.log(JSON.stringify(await ({expression})))"
    script = f"{imports} globalThis.document = new fake.FakeDocument(); {value}"
    command = ["node", "--input-type=module", "--eval", script]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
