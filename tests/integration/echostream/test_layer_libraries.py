"""The layers as they are built for AWS: what its Linux can load."""

import os
import subprocess
from pathlib import Path

import pytest

from echostream_cli import lambda_platform
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT

LIBRARIES = {
    "SourcesLayer": {"cd", "md", "speedups"},
    "PicturesLayer": {"_imaging", "_imagingft", "_imagingmorph"},
}
"""Extensions of Python in the layers that have any; all rules check what they build."""


@pytest.fixture(params=[(r, a) for r in lambda_platform.WHEELS for a in lambda_platform.MACHINES])
def platform(request):
    """A runtime and an architecture; Python of the runtime's version compiles the byte code."""
    platform = lambda_platform.on_aws(*request.param)
    try:
        platform.find_python()
    except UserError as error:
        pytest.skip(str(error))
    return platform


@pytest.mark.parametrize("layer", LIBRARIES)
def test_layer_fits_the_runtime_and_the_architecture(platform, layer, tmp_path):
    """Its rule checks machine, glibc and version of each library, and fails otherwise."""
    make = ["make", "-f", "lambdas/layers/Makefile", f"build-{layer}"]
    environment = {**os.environ, **platform.variables(), "PYTHONPATH": str(ROOT)}
    environment["ARTIFACTS_DIR"] = str(tmp_path)
    process = subprocess.run(
        make, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    tag = f"cpython-{platform.runtime.removeprefix('python').replace('.', '')}"
    extensions = list(tmp_path.rglob("*.cpython-*.so"))
    assert {path.name.split(".")[0] for path in extensions} >= LIBRARIES[layer]
    assert all(tag in path.name for path in extensions)
    compiled = {path.name.split(".")[-2] for path in Path(tmp_path).rglob("*.pyc")}
    assert compiled == {tag}
