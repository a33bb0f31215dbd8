"""Sends the documents of a file through the API, and settles each row in the journal.

Requests run side by side, and their responses are settled in the order of the rows. So the journal
has all rows up to one, and a run after a crash sends again at most what was on its way.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from echostream_client import send
from echostream_client.api import TRY_AGAIN, ApiFailed
from echostream_client.send import BATCH, MAX_BYTES, sent_bytes
from echostream_import.rows import FileError, Row
from echostream_import.sending import rejected
from echostream_import.sending.journal import Journal

MAX_ROWS = 5_000
"""Rows that are settled together, refused ones included."""
REQUESTS = 2
"""Requests at the same time. In the sandbox on two cores, 1, 2 and 4 of them took 640, 800 and 480
documents a second."""
ERASED = 500
"""Documents of an erasure: the API's limit."""
CONFLICT = "conflict"
TOO_LARGE = f"more than {MAX_BYTES:,} bytes, the limit of a request"
OTHER_TEXT = "id: a document with this id and another text is stored; UPDATE=1 replaces it"
TWICE = "id: another row of the file has this id and another text"
NO_UPDATES = (
    "UPDATE: this deployment queues documents (IngestPath=stream), and finds out later which ones"
    " conflict with stored ones. Erase the ids with POST /erasures, then import without UPDATE"
)


class Client(Protocol):
    """The calls of `echostream_client.api.ApiClient` that an import makes."""

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send documents; the response of `POST /ingest`."""

    def erase_documents(self, ids: Sequence[str]) -> dict[str, Any]:
        """Erase documents by their ids, from the table before this returns; the erasure."""


class ConvertedRow(Protocol):
    """A row with its document, or with the reason why it has none."""

    @property
    def row(self) -> Row: ...
    @property
    def document(self) -> Mapping[str, Any]: ...
    @property
    def reason(self) -> str: ...
    @property
    def dropped(self) -> Sequence[str]: ...
    @property
    def is_merged(self) -> bool:
        """Whether an earlier row of the file has the same id and the same text."""


@dataclass
class Batch:
    """Rows that are settled together, and those of them that are sent."""

    rows: list[ConvertedRow] = field(default_factory=list)
    sent: list[ConvertedRow] = field(default_factory=list)
    size: int = 0

    def has_room(self, size: int) -> bool:
        """Whether one more row of this many bytes can be added."""
        is_small = len(self.sent) < BATCH and len(self.rows) < MAX_ROWS
        return not self.rows or (is_small and self.size + size <= MAX_BYTES)


def batches(converted: Iterable[ConvertedRow]) -> Iterator[Batch]:
    """Rows in batches that fit into a request and into memory, in their order."""
    batch = Batch()
    for one in converted:
        size = sent_bytes(one.document) if one.document else _length(one.row)
        if not batch.has_room(size):
            yield batch
            batch = Batch()
        batch.rows.append(one)
        batch.size += size
        if one.document and size <= MAX_BYTES:
            batch.sent.append(one)
    if batch.rows:
        yield batch


def _length(row: Row) -> int:
    """The characters of a row that is not sent."""
    return sum(len(value) for value in row.values.values() if isinstance(value, str))


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends the rows of one import; `journal` has what became of them.

    `is_update` is whether stored documents with another text are replaced. `on_settled` is called
    after each batch.
    """

    client: Client
    journal: Journal
    is_update: bool = False
    on_settled: Callable[[], None] = lambda: None

    def send(self, converted: Iterable[ConvertedRow]) -> None:
        """Send all rows of the file that are not settled yet. Raises `ApiFailed`, `FileError`."""
        waiting: deque[tuple[Batch, Future[dict[str, Any]] | None]] = deque()
        pool = ThreadPoolExecutor(REQUESTS)
        try:
            for batch in batches(self._unsettled(converted)):
                documents = [one.document for one in batch.sent]
                response = pool.submit(self.client.ingest, documents) if documents else None
                waiting.append((batch, response))
                if len(waiting) > REQUESTS:
                    self._settle(*waiting.popleft())
            while waiting:
                self._settle(*waiting.popleft())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _unsettled(self, converted: Iterable[ConvertedRow]) -> Iterator[ConvertedRow]:
        """The rows past the settled ones, which have to be converted all the same: ids and dates
        may depend on them."""
        progress = self.journal.progress
        settled = progress.account.rows
        for number, one in enumerate(converted, start=1):
            progress.part = progress.part or one.row.part
            progress.has_parts |= one.row.part != progress.part
            if number > settled:
                yield one
            elif number == settled:
                self.on_settled()

    def _settle(self, batch: Batch, response: Future[dict[str, Any]] | None) -> None:
        """Enter a batch and its response into the account and the journal."""
        answer = response.result() if response else _NOTHING
        reasons = _reasons(answer)
        if self.is_update and answer["accepted"] and "repeated" not in answer:
            raise FileError(NO_UPDATES)
        account = self.journal.progress.account
        merged = 0
        numbers = {id(one): number for number, one in enumerate(batch.sent)}
        for one in batch.rows:
            account.drop(one.dropped)
            number = numbers.get(id(one))
            if number is None:
                self._refuse(one.row, one.reason or TOO_LARGE)
            elif number in reasons:
                self._reject(one, *reasons[number])
            else:
                merged += one.is_merged
        account.accept(answer, merged)
        account.rows += len(batch.rows)
        self._save(answer)

    def _reject(self, one: ConvertedRow, code: str, message: str) -> None:
        """Settle a row that the API refused: it waits if an update can replace what is stored."""
        if code != CONFLICT:
            self._refuse(one.row, message)
        elif self.is_update:
            self.journal.updates.append(_waiting(one))
        else:
            self._refuse(one.row, OTHER_TEXT)

    def _refuse(self, row: Row, reason: str) -> None:
        self.journal.rejected.append(rejected.entry(row, reason))
        self.journal.progress.account.refuse(reason)

    def _save(self, answer: Mapping[str, Any]) -> None:
        progress = self.journal.progress
        progress.received_at = max(progress.received_at, answer.get("received_at") or "")
        self.journal.save()
        self.on_settled()

    def update(self) -> list[str]:
        """Replace the stored documents of the rows that wait; the ids of the erasures.

        The documents leave the table with the response to their erasure; what is sent afterwards is
        not erased. A run after a crash finds their ids free, and completes the work.
        """
        left = islice(self.journal.updates.values(), self.journal.progress.updates, None)
        erasures = []
        while waiting := list(islice(left, ERASED)):
            ids = dict.fromkeys(str(one["document"]["id"]) for one in waiting)
            erasures.append(str(self.client.erase_documents(list(ids))["id"]))
            for part in send.batches(waiting, lambda one: sent_bytes(one["document"])):
                self._send_again(part)
        return erasures

    def _send_again(self, part: Sequence[Mapping[str, Any]]) -> None:
        """Send rows whose ids were erased, and settle them."""
        answer = self.client.ingest([one["document"] for one in part])
        reasons, account = _reasons(answer), self.journal.progress.account
        for index, one in enumerate(part):
            if index in reasons:
                code, message = reasons[index]
                self._refuse(Row(**one["row"]), TWICE if code == CONFLICT else message)
            elif one["is_merged"]:
                account.merged += 1
            else:
                account.updated += 1
        self.journal.progress.updates += len(part)
        self._save(answer)


_NOTHING: Mapping[str, Any] = {"accepted": 0, "ids": [], "rejected": [], "repeated": 0}
"""In place of the response for a batch without documents."""


def _reasons(answer: Mapping[str, Any]) -> dict[int, tuple[str, str]]:
    """The code and the message of each rejected document, by its index. Raises `ApiFailed`."""
    reasons = {one["index"]: (one["code"], one["message"]) for one in answer["rejected"]}
    if any(code == TRY_AGAIN for code, _ in reasons.values()):
        raise ApiFailed(503, TRY_AGAIN, "some documents could not be stored now")
    return reasons


def _waiting(one: ConvertedRow) -> dict[str, Any]:
    """A row that waits for an update, as JSON."""
    row = {"part": one.row.part, "line": one.row.line, "values": one.row.values}
    return {"row": row, "document": one.document, "is_merged": one.is_merged}
