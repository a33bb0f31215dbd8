"""A stage of version 1.0.0 with data is upgraded in place by the current commands."""

import io
import shutil
import subprocess
import sys
import tarfile

import pytest

from echostream_cli.paths import ROOT
from tests.e2e.echostream_cli.stage_clone import Ann, Clone, get_status

RELEASED = "a20e319a14a89f6c6c1cd2aef02e1e0d0a6510d6"
"""The commit of version 1.0.0."""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A folder with the files of version 1.0.0, from the history of Git."""
    git = str(shutil.which("git"))
    archive = subprocess.run([git, "archive", RELEASED], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("version 1.0.0 is not in this clone; run: git fetch --unshallow")
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def clone(emulator, tmp_path_factory):
    return Clone(tmp_path_factory.mktemp("clone"), emulator)


def run_release(folder, clone, *arguments):
    """Run a command of version 1.0.0 with its own code; its output."""
    process = subprocess.run(
        [
            *(sys.executable, "-m", "deployment", *arguments),
            *("--stage", "staging", "--endpoint", clone.endpoint),
        ],
        cwd=folder,
        env={**clone.environment, "PYTHONPATH": f"{folder}:{folder / 'src'}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_upgrade_of_version_1_keeps_documents_counts_and_members(release, clone):
    """The documents stay; make recount counts them again; then both versions' documents count.

    Members of version 1.0 sign in as before, and have all roles.
    """
    run_release(release, clone, "deploy", "--yes", "--accept", "tests")
    output = run_release(release, clone, "user", "--name", "ann", "--tenant", "acme")
    ann = Ann(clone, output.split()[-1])
    ann.send(60)
    documents, counts = ann.read()
    assert (len(documents), sum(counts)) == (60, 60)
    clone.deploy()
    assert get_status(clone) == "UPDATE_COMPLETE"
    assert "nothing would change" in clone.run("diff")
    assert "reader writer admin" in clone.run("member", "list", "--tenant", "acme")
    output = clone.run("recount")
    assert "60 documents" in output
    assert ann.read() == (documents, counts)
    assert "0 counts mended" in clone.run("recount")
    ann.send(61)
    after, counts = ann.read()
    assert (len(after), sum(counts)) == (61, 61)
