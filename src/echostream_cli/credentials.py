"""The emulator's access key and its secret, which each sandbox makes for itself."""

import secrets
from pathlib import Path

from dotenv import dotenv_values

ACCESS_KEY = "test"
"""The access key of the sandbox, and of another emulator if the shell has none."""
ANY_SECRET = "test"
"""The secret of an emulator that accepts any."""
CONTAINER_VARIABLE = "EMULATOR_SECRET"
"""The secret for the settings of a container, which must not read another program's AWS keys."""
_SECRET = "AWS_SECRET_ACCESS_KEY"


def variables(secret_key: str) -> dict[str, str]:
    """The AWS SDKs' variables."""
    return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, _SECRET: secret_key}


def ensure(path: Path) -> None:
    """Make a secret and save it, once. Containers get the lines of the file as variables."""
    if path.exists():
        return
    secret = secrets.token_hex(20)
    values = {**variables(secret), CONTAINER_VARIABLE: secret}
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()))


def read_secret(path: Path) -> str | None:
    """The saved secret; None before `ensure`."""
    return dotenv_values(path).get(_SECRET)


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.chmod(0o600)
    path.write_text(text)
