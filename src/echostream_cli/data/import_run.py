"""One import: opens its file, continues its journal, sends, and says what became of the rows."""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import typer

from echostream.adapters.retry import poll_waits
from echostream_cli import console
from echostream_cli.data.counted import wait_until_counted
from echostream_cli.errors import UserError
from echostream_cli.outputs import api, outputs
from echostream_cli.settings import load_running
from echostream_client.api import ApiClient, ApiFailed
from echostream_import.documents.plan import Plan
from echostream_import.reading.opening import STANDARD_INPUT, ReadOptions, open_rows
from echostream_import.rows import FileError, RowFile
from echostream_import.sending import content_hash, rejected
from echostream_import.sending.account import Account
from echostream_import.sending.journal import Journal
from echostream_import.sending.sender import Sending

ERASURE_TIMEOUT = 600.0
"""Seconds to wait until the lake has no former texts of updated documents."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file's rows, a hash of its content, and where its refused rows go.

    `path` is None for a stream; `stamp` tells whether what is there has changed.
    """

    rows: RowFile
    content: str
    rejected: Path
    path: Path | None = None
    stamp: Sequence[tuple[int, int]] = ()

    def has_changed(self) -> bool:
        """Whether the file is not what was opened."""
        return self.path is not None and content_hash.stamp_of(self.path) != self.stamp


def open_file(name: str, options: ReadOptions) -> OpenedFile:
    """Open what the option FILE names. Raises `FileError`."""
    if not name:
        raise FileError("FILE: missing; for example: make import FILE=reviews.csv")
    if name == STANDARD_INPUT:
        rows, content = _read_stream(sys.stdin.buffer, options)
    elif Path(name).is_fifo():  # such as /dev/stdin, or <(command) of a shell
        with Path(name).open("rb") as pipe:
            rows, content = _read_stream(pipe, options)
    else:
        return _open_path(Path(name), options)
    return OpenedFile(rows, content, rejected.path_beside(Path(name), rows.name, Path.cwd()))


def _open_path(path: Path, options: ReadOptions) -> OpenedFile:
    rows = open_rows(path, options)
    stamp = content_hash.stamp_of(path)
    with console.waiting("reading"):
        content = content_hash.of_path(path)
    place = rejected.path_beside(path, rows.name, Path.cwd())
    return OpenedFile(rows, content, place, path, stamp)


def _read_stream(stream: BinaryIO, options: ReadOptions) -> tuple[RowFile, str]:
    """The rows of a stream, which is read to its end, and a hash of its content."""
    hashed = content_hash.HashedStream(stream)
    rows = open_rows(STANDARD_INPUT, options, BufferedReader(hashed))
    return rows, hashed.content


@dataclass(frozen=True, slots=True)
class ImportRun:
    """Sends a file to this machine's sandbox."""

    client: ApiClient
    file: OpenedFile
    plan: Plan
    journal: Journal
    is_update: bool

    def __call__(self) -> Account:
        """Send what is left of the file; the account of all of it. Raises `UserError`."""
        account = self.journal.progress.account
        if account.rows:
            typer.echo(f"continuing after row {account.rows:,}; RESTART=1 begins anew")
        try:
            erasures = self._send()
            wait_until_counted(self.client, self.journal.progress.received_at or None)
            self._wait_for_lake(erasures)
        except ApiFailed as error:
            again = "run the command again"
            raise UserError(f"after {account.rows:,} rows: {error}; {again}") from error
        except FileError as error:
            raise UserError(f"after {account.rows:,} rows: {error}") from error
        self._report(account)
        self.journal.finish()
        return account

    def _send(self) -> Sequence[str]:
        """Send all rows, then those that replace stored documents; the ids of the erasures."""
        rows, account = self.file.rows, self.journal.progress.account
        with console.file_progress("sending", rows.size) as show:
            one = Sending(
                self.client,
                self.journal,
                self.is_update,
                lambda: show(rows.position, account.rows),
            )
            one.send(self.plan.documents(rows.rows()))
        if self.file.has_changed():
            self.journal.finish()  # its rows may be of another content
            raise FileError(f"FILE: {self.file.path} changed while it was read; import it again")
        with console.waiting("replacing stored documents"):
            return one.update()

    def _wait_for_lake(self, erasures: Iterable[str]) -> None:
        """Wait until SQL has no former text of the documents that were replaced."""
        end = time.monotonic() + ERASURE_TIMEOUT
        with console.waiting("erasing the former texts from the lake"):
            for name in erasures:
                for wait in poll_waits(0.2, 2.0):
                    if self.client.erasure(name)["state"] != "running":
                        break
                    if time.monotonic() > end:
                        typer.echo(_LATE, err=True)
                        return
                    time.sleep(wait)

    def _report(self, account: Account) -> None:
        path = self.file.rejected
        has_parts = rejected.names_parts(self.journal.progress, self.file.rows.name)
        has_rejected = rejected.write(self.journal.rejected, path, has_parts=has_parts)
        for line in account.lines():
            typer.echo(console.escape(line))
        if has_rejected:
            typer.echo(f"  refused rows and reasons: {path}")


_LATE = (
    "The former texts are still being erased from the lake: SQL may show both until then."
    " See: make erasures"
)


def begin(
    file: OpenedFile,
    plan: Plan,
    options: Mapping[str, str],
    *,
    is_update: bool,
    is_restarted: bool,
) -> ImportRun:
    """An import to this machine's sandbox, with its journal. Raises `FileError`, `UserError`."""
    settings = load_running()
    deployment = outputs(settings)
    target = f"{deployment['API_URL']} {deployment['USER_POOL_ID']}"
    key = {**options, "update": str(is_update), "target": target}
    folder = settings.state_dir / "imports"
    journal = Journal(folder, file.content, key, is_restarted=is_restarted)
    return ImportRun(api(settings, deployment), file, plan, journal, is_update)
