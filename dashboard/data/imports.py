"""Imports of a viewer's file: how it is read, and the sending, which goes on in the background."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import pandas as pd

from dashboard.data.auth import Member
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import OWN_TEXTS, duration
from echostream_client.api import ApiClient
from echostream_import.documents.plan import Options, Plan, make_plan
from echostream_import.reading.opening import ReadOptions, open_rows
from echostream_import.rows import FileError, RowFile
from echostream_import.sending import rejected
from echostream_import.sending.account import Account
from echostream_import.sending.journal import Journal
from echostream_import.sending.sender import Sending

FIELDS = (
    *("text", "title", "created_at", "id", "author", "rating", "source", "channel", "url"),
    "language",
)
"""The fields of a document that a viewer can give a column."""
ENCODINGS = (
    *("utf-8", "utf-16", "windows-1252", "iso-8859-15", "windows-1250", "windows-1251"),
    *("shift_jis", "gb18030", "big5", "euc-kr"),
)
NO_COLUMN = "none"
"""In place of a column: the field stays empty."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, and how its rows become documents."""

    file: RowFile
    plan: Plan

    @property
    def notes(self) -> list[str]:
        """How the file is read and why, a sentence each."""
        return [*self.file.notes, *self.plan.notes]

    @property
    def preview(self) -> pd.DataFrame:
        """The first rows as documents, or the reason why a row is none."""
        rows = [_cells(one.document or {"text": one.reason}) for one in self.plan.preview]
        return pd.DataFrame(rows).astype("string").fillna("")


def _cells(document: Mapping[str, Any]) -> dict[str, Any]:
    attributes = document.get("attributes") or {}
    cells = {name: value for name, value in document.items() if name not in ("id", "attributes")}
    return {**cells, **{f"attribute {name}": value for name, value in attributes.items()}}


def client_of(member: Member) -> ApiClient:
    """A client that repeats failed requests, which a page that waits for an answer does not."""
    return ApiClient(deployment().api_url, member.session)


def open_upload(
    upload: BinaryIO, name: str, encoding: str = "", is_headerless: bool | None = None
) -> RowFile:
    """The rows of an upload. Raises `ServiceError` for a file that cannot be read."""
    upload.seek(0)
    try:
        return open_rows("-", ReadOptions(encoding, is_headerless), upload, name)
    except FileError as error:
        raise ServiceError("not_imported", str(error)) from error


def read(file: RowFile, options: Options) -> Reading:
    """Decide how a file is read. Raises `ServiceError` that names the option."""
    try:
        return Reading(file, make_plan(file, options, datetime.now(UTC)))
    except FileError as error:
        raise ServiceError("not_imported", str(error)) from error


class FileImport:
    """An import that goes on in the background until it ends, whichever page the viewer is on.

    `error` is the reason why it stopped before the end of the file: `start` then continues it.
    """

    def __init__(self, api: ApiClient, reading: Reading, is_update: bool) -> None:
        self.file, self._plan = reading.file, reading.plan
        self.account = Account()
        self.error: ServiceError | None = None
        self.rejected: bytes = b""
        self._api, self._is_update = api, is_update
        self._folder = TemporaryDirectory(prefix="import-")
        self._thread: threading.Thread | None = None
        self._since, self._rows_before = time.monotonic(), 0
        self._is_complete = False

    def start(self) -> None:
        """Send what is left of the file, in the background."""
        self.error = None
        self._since, self._rows_before = time.monotonic(), self.account.rows
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether rows are being sent or counted."""
        return bool(self._thread and self._thread.is_alive())

    @property
    def share(self) -> float:
        """The part of the file that is read, 0 to 1."""
        return min(1.0, self.file.position / self.file.size) if self.file.size else 1.0

    @property
    def progress(self) -> str:
        """How many rows are sent, how fast, and how long the rest takes."""
        seconds = max(0.001, time.monotonic() - self._since)
        rate = (self.account.rows - self._rows_before) / seconds
        text = OWN_TEXTS["import_progress"].format(rows=self.account.rows, rate=rate)
        left = seconds * (1 - self.share) / self.share if self.share else None
        return text if left is None or not rate else f"{text}, {duration(left)} left"

    @property
    def summary(self) -> Sequence[str]:
        """What became of the rows, and the most frequent reasons."""
        return self.account.lines()

    def _run(self) -> None:
        try:
            with translate_errors(), ExitStack() as stack:
                self._send(stack)
        except ServiceError as error:
            self.error = error
        except (FileError, OSError) as error:
            self.error = ServiceError("not_imported", str(error))
        finally:
            if not self._is_complete and not self.error:  # a defect, which the log has
                self.error = ServiceError("failed")

    def _send(self, stack: ExitStack) -> None:
        folder = Path(self._folder.name)
        journal = stack.enter_context(Journal(folder / "journal", "upload", {}))
        self.account = journal.progress.account
        sending = Sending(self._api, journal, self._is_update)
        sending.send(self._plan.documents(self.file.rows()))
        sending.update()
        self._api.wait_until_counted(journal.progress.received_at or None)
        path = folder / "rejected.csv"
        has_parts = rejected.names_parts(journal.progress, self.file.name)
        if rejected.write(journal.rejected, path, has_parts=has_parts):
            self.rejected = path.read_bytes()
        self._is_complete = True
