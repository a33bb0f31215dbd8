"""The tables that `make cost` prints, and docs/costs.md, which consists of them."""

from collections.abc import Iterator, Sequence

from echostream.domain.engine import ENGINES
from echostream_cli.costs.bill import Bill, Usage, make_bill, scale
from echostream_cli.costs.counting import SHARDS, derive_window
from echostream_cli.costs.measurements import MANY, SIZES, Measurements, Run
from echostream_cli.costs.page_text import ACTS, HEAD, MONTHS, PRICES, SOURCES, STREAM, TRACE
from echostream_cli.costs.plan import find_affordable_rate, plan_month, simple_design
from echostream_cli.costs.prices import prices
from echostream_cli.costs.sources import compute_sources
from echostream_cli.paths import ROOT

PAGE = ROOT / "docs" / "costs.md"
MILLION = 1_000_000
BUDGET = 25
RATES = (100, 1_000, 5_000, 20_000, 100_000)
STREAM_RATES = (*RATES, 1_000_000, 10_000_000)


INTERVALS = {"minute": 60, "5 minutes": 300, "15 minutes": 900, "hour": 3600}
"""Seconds between two reads of a source."""

Cells = tuple[Sequence[str], Sequence[Sequence[str]]]
"""The head and the rows of a table."""


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column is aligned left, all others right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = cells
        padded = [c.rjust(w) for c, w in zip(rest, widths[1:], strict=True)]
        return f"| {' | '.join([first.ljust(widths[0]), *padded])} |"

    rule = [":" + "-" * (widths[0] - 1), *("-" * (w - 1) + ":" for w in widths[1:])]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def format_dollars(amount: float) -> str:
    """Dollars with cents; two significant digits below a cent."""
    return f"${amount:,.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.2g}"


def _list_columns(measured: Measurements, engine: str) -> list[Usage]:
    """Usage of a document in the simple design, and in batches of each metered size."""
    runs = (measured.runs[engine, batch].per_document() for batch in SIZES)
    return [simple_design(measured, engine), *runs]


def format_million(measured: Measurements, engine: str) -> str:
    """Dollars for a million documents by part, before the free tier."""
    columns = _list_columns(measured, engine)
    bills = [make_bill(scale(usage, MILLION)) for usage in columns]
    parts = list(dict.fromkeys(p.part for p in prices().values()))
    rows = [
        [part, *(format_dollars(bill.by_part().get(part, (0.0, 0.0))[0]) for bill in bills)]
        for part in parts
        if any(part in bill.by_part() for bill in bills)
    ]
    rows.append(["total", *(format_dollars(bill.total) for bill in bills)])
    rows.append(["share of the first column", *(f"{b.total / bills[0].total:.0%}" for b in bills)])
    others = [bill.total - bill.by_part().get("Comprehend", (0.0, 0.0))[0] for bill in bills]
    if engine != "vader":
        rows.append(["total without Comprehend", *map(format_dollars, others)])
        rows.append(["share of the first column", *(f"{o / others[0]:.0%}" for o in others)])
    head = [engine, "one call, object, write each", *map(_format_batch, SIZES)]
    return format_table(head, rows)


def format_run(run: Run) -> str:
    """The calls of a run, with the usage and cost of each."""
    rows = []
    for call, times in sorted(run.metered.calls.items()):
        usage = run.metered.usage.get(call, {})
        cost = make_bill({name: q for name, q in usage.items() if q}).total
        quantities = ", ".join(f"{q:,.6g} {name}" for name, q in usage.items() if q)
        rows.append([call, f"{times:,}", quantities or "free", format_dollars(cost)])
    return format_table(["call", "times", "metered", "dollars"], rows)


def list_month(bill: Bill) -> Cells:
    """A month's bill by line, with the free tier as a column."""
    rows = [
        [
            f"{line.part}: {line.what}",
            f"{line.quantity:,.6g} {line.unit}",
            format_dollars(line.dollars),
            f"-{format_dollars(line.free)}" if line.free else "",
        ]
        for line in bill.lines
    ]
    free = bill.total - bill.after_free
    rows.append(["total", "", format_dollars(bill.total), f"-{format_dollars(free)}"])
    rows.append(["after the free tier", "", format_dollars(bill.after_free), ""])
    return ["a month", "quantity", "dollars", "free tier"], rows


def format_months() -> str:
    """A month at several rates, before and after the free tier."""
    rows = []
    for engine in ENGINES:
        for batch in (1, MANY):
            bills = [plan_month(rate, engine=engine, batch=batch) for rate in RATES]
            cells = [f"{format_dollars(b.total)} ({format_dollars(b.after_free)})" for b in bills]
            rows.append([f"{engine}, {_format_batch(batch)}", *cells])
    return format_table(["documents a day", *(f"{rate:,}" for rate in RATES)], rows)


ACT_NAMES = {
    "sign_in": "sign-in",
    "query": "page of documents",
    "stats": "statistics by hour",
    "audit": "page of the audit log",
    "night": "nightly compaction",
    "erase": "erasure of an author",
}


def format_acts(measured: Measurements) -> str:
    """Dollars for a thousand of each other act."""
    rows = [
        [name, format_dollars(make_bill(scale(measured.acts[act], 1000)).total)]
        for act, name in ACT_NAMES.items()
    ]
    return format_table(["call", "a thousand"], rows)


STREAMS = {
    **{
        f"{number} shard{'s' * (number > 1)}": {"StreamShards": str(number)} for number in (1, 2, 4)
    },
    "on demand": {"StreamMode": "ON_DEMAND"},
}
"""Parameters of streams, by the name of the row."""


def format_stream() -> str:
    """What the stream path adds to a month at several rates."""
    rows = []
    for name, parameters in STREAMS.items():
        for batch in (1, MANY):
            path = {"IngestPath": "stream", **parameters}
            added = [
                plan_month(rate, batch=batch, parameters=path).total
                - plan_month(rate, batch=batch).total
                for rate in STREAM_RATES
            ]
            rows.append([f"{name}, {_format_batch(batch)}", *map(format_dollars, added)])
    return format_table(["documents a day", *(f"{rate:,}" for rate in STREAM_RATES)], rows)


def format_sources(measured: Measurements) -> str:
    """What live sources add to a month, without their documents."""
    rows = [
        [
            f"{number} source{'s' * (number > 1)}",
            *(
                format_dollars(make_bill(compute_sources(measured, number, interval)).total)
                for interval in INTERVALS.values()
            ),
        ]
        for number in (1, 5, 20, 100)
    ]
    return format_table(["read every", *INTERVALS], rows)


def list_limits() -> Cells:
    """The highest rates that the budget allows."""
    rows = []
    for engine in ENGINES:
        for batch in (1, MANY):
            before = find_affordable_rate(BUDGET, engine, batch, lambda bill: bill.total)
            after = find_affordable_rate(BUDGET, engine, batch, lambda bill: bill.after_free)
            rows.append([f"{engine}, {_format_batch(batch)}", f"{before:,}", f"{after:,}"])
    return [f"${BUDGET} a month", "documents a day", "with the free tier"], rows


def _format_batch(batch: int) -> str:
    return "singly" if batch == 1 else f"batches of {batch}"


def format_prices() -> str:
    """The content of the price file."""
    rows = [
        [
            f"{p.part}: {p.what}",
            f"${p.dollars:,.10g} / {p.per:,.0f} {p.unit}",
            f"{p.free:,.0f}",
            f"[{p.date}]({p.source})",
        ]
        for p in prices().values()
    ]
    return format_table(["price", "us-east-1", "free each month", "source"], rows)


def format_page(measured: Measurements) -> str:
    """The content of docs/costs.md."""
    return "\n\n".join(_list_sections(measured)) + "\n"


def _list_sections(measured: Measurements) -> Iterator[str]:
    yield HEAD.format(documents=f"{measured.documents:,}", many=MANY, as_of=measured.as_of)
    yield from (format_million(measured, engine) for engine in ENGINES)
    yield MONTHS.format(budget=BUDGET)
    yield format_months()
    yield format_table(*list_limits())
    yield ACTS.format(documents=f"{sum(run.documents for run in measured.runs.values()):,}")
    yield format_acts(measured)
    yield SOURCES
    yield format_sources(measured)
    yield STREAM
    yield format_stream()
    yield TRACE.format(shards=SHARDS, window=derive_window({}))
    for (engine, batch), run in sorted(measured.runs.items()):
        yield f"### {engine}, {_format_batch(batch)}, {run.documents:,} documents"
        yield format_run(run)
    yield PRICES
    yield format_prices()
