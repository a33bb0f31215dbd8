"""Sends documents through a sandbox of its own while its parts fail, and counts them: `make soak`.

1% of the documents are bad, 5% are sent twice. Workers are killed, calls of AWS fail, and the
emulator stops and starts again. At the end each accepted document is in table and lake, or in
quarantine, and /stats is equal to a recount; otherwise the exit code is 1.
"""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.soak.faulty_proxy import FaultyForwarder
from bench.soak.run import Soak
from echostream_cli.costs.proxy import serve
from echostream_cli.ports import free_port
from echostream_cli.sandbox import local, supervisor
from echostream_cli.settings import INGEST_PATHS, Settings

NUMBER = 20_000


@contextmanager
def faulty_sandbox(path: str, seed: int) -> Iterator[tuple[Settings, FaultyForwarder]]:
    """A sandbox whose functions call AWS through a proxy; it is removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            state_dir=Path(folder).resolve(),
            emulator_port=free_port(),
            companion_port=free_port(),
            dashboard_port=free_port(),
            stack_name="echostream-soak",
            ingest=path,
            producer=False,
            seed_documents=0,
            dashboard=False,
            meter_url=f"http://127.0.0.1:{free_port()}",
        )
        try:
            with serve_faulty_proxy(settings, seed) as proxy:
                local.up(settings)
                yield settings, proxy
        finally:
            supervisor.stop(settings)


@contextmanager
def serve_faulty_proxy(settings: Settings, seed: int) -> Iterator[FaultyForwarder]:
    """Run the proxy at the address that the settings name."""
    proxy = FaultyForwarder(settings, seed)
    with serve(proxy, int(proxy.url.rsplit(":", 1)[1])):
        yield proxy


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    arguments = argparse.ArgumentParser(prog="make soak", description=__doc__)
    arguments.add_argument(
        "--number", type=int, default=NUMBER, help=f"of documents; default {NUMBER}"
    )
    arguments.add_argument("--path", choices=INGEST_PATHS, default="stream")
    arguments.add_argument(
        "--seed", type=int, help="of the documents and the faults; default a new one"
    )
    return arguments


def main() -> int:
    options = parser().parse_args()
    seed = secrets.randbelow(10_000) if options.seed is None else options.seed
    print(f"  seed {seed}")
    with faulty_sandbox(options.path, seed) as (settings, proxy):
        result = Soak(settings, proxy, options.number, seed).run()
    print("\n".join(result.lines()))
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
