"""Reads a source until it is stopped, and sends what is new: `make live`."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from echostream_client.api import TRY_AGAIN, ApiFailed
from echostream_client.send import Client, SendResult, send
from echostream_sources.source import Cursor, Fetched, Source, SourceFailed

BUDGET = 500
"""Documents of a read."""
LONGEST_WAIT = 900.0
"""Seconds between two reads of a source that fails again and again, unless it asks for more."""
LONGEST_ASKED = 86_400.0
"""Seconds that a source may ask for: a wrong header must not end it."""


@dataclass
class Live:
    """Reads `source` each `interval` seconds; `show` gets a line for each read.

    The cursor moves when all documents of a read are accepted or refused for good. A failure of the
    source or of the API repeats the read, after a wait that doubles.
    """

    source: Source
    client: Client
    interval: float
    show: Callable[[str], None]
    sleep: Callable[[float], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _cursor: Cursor = field(default_factory=dict)

    def run(self, reads: Iterable[object]) -> None:
        """Read once for each item; `itertools.count()` has no end."""
        failures = 0
        for _ in reads:
            try:
                fetched, sent = self._read()
            except (SourceFailed, ApiFailed) as error:
                failures += 1
                wait = self._wait_after(failures, error.wait)
                text = f"{error}; next try in {wait:.0f} s"
            else:
                failures = 0
                wait = 0.0 if fetched.has_more else self.interval
                text = describe(fetched, sent)
            self.show(f"{self.now():%H:%M:%S}  {self.source.name}  {text}")
            self.sleep(wait)

    def _read(self) -> tuple[Fetched, SendResult]:
        fetched = self.source.fetch(self._cursor, BUDGET, self.now())
        sent = send(self.client, fetched.documents)
        if any(rejection["code"] == TRY_AGAIN for rejection in sent.rejected):
            raise ApiFailed(503, TRY_AGAIN, "some documents could not be stored now")
        self._cursor = fetched.cursor
        return fetched, sent

    def _wait_after(self, failures: int, asked: float | None) -> float:
        backoff = self.interval * 2.0 ** min(failures - 1, 10)
        return max(min(LONGEST_ASKED, asked or 0.0), min(LONGEST_WAIT, backoff))


def describe(fetched: Fetched, sent: SendResult) -> str:
    """What became of a read, in a line."""
    codes = Counter(str(rejection["code"]) for rejection in sent.rejected)
    parts = [f"{sent.accepted:,} accepted"]
    if sent.lake_only:
        parts.append(f"{sent.lake_only:,} of them older than the table keeps: in the lake only")
    parts += [f"{number:,} {REFUSED.get(code, code)}" for code, number in sorted(codes.items())]
    if fetched.without_text:
        parts.append(f"{fetched.without_text:,} without text")
    if fetched.unmatched:
        parts.append(f"{fetched.unmatched:,} without a keyword or language of the source")
    if fetched.may_miss:
        parts.append("none of the last items is left: some may have been missed, read more often")
    if fetched.has_more:
        parts.append("more follow")
    return ", ".join(parts)


REFUSED = {"conflict": "changed since they were taken"}
"""What common codes of rejected documents mean here."""
