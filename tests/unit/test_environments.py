"""The script that creates the Python environments."""

import shutil
import subprocess

from echostream_cli.paths import ROOT


def test_linked_environment_is_not_cleared(tmp_path):
    """The environment behind the link belongs to another checkout."""
    other, checkout = tmp_path / "other", tmp_path / "checkout"
    for folder in ("scripts", "requirements"):
        shutil.copytree(ROOT / folder, checkout / folder)
    other.mkdir()
    (other / ".made-from").write_text("other requirements")
    (checkout / ".venv").symlink_to(other)
    script = checkout / "scripts" / "environments.sh"
    process = subprocess.run([script], capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert ".venv is a link" in process.stderr
    assert (other / ".made-from").read_text() == "other requirements"
