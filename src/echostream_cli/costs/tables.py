"""The tables that `make cost` prints, and docs/costs.md, which consists of them."""

from collections.abc import Iterator, Sequence

from echostream.domain.engine import ENGINES
from echostream_cli.costs.bill import Bill, Usage, make_bill, scale
from echostream_cli.costs.counting import SHARDS
from echostream_cli.costs.measurements import MANY, SIZES, Measurements, Run
from echostream_cli.costs.plan import find_affordable_rate, plan_month, simple_design
from echostream_cli.costs.prices import prices
from echostream_cli.paths import ROOT

PAGE = ROOT / "docs" / "costs.md"
MILLION = 1_000_000
BUDGET = 25
RATES = (100, 1_000, 5_000, 20_000, 100_000)


Cells = tuple[Sequence[str], Sequence[Sequence[str]]]
"""The head and the rows of a table."""


def _format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
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
    return _format_table(head, rows)


def format_run(run: Run) -> str:
    """The calls of a run, with the usage and cost of each."""
    rows = []
    for call, times in sorted(run.metered.calls.items()):
        usage = run.metered.usage.get(call, {})
        cost = make_bill({name: q for name, q in usage.items() if q}).total
        quantities = ", ".join(f"{q:,.6g} {name}" for name, q in usage.items() if q)
        rows.append([call, f"{times:,}", quantities or "free", format_dollars(cost)])
    return _format_table(["call", "times", "metered", "dollars"], rows)


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
    return _format_table(["documents a day", *(f"{rate:,}" for rate in RATES)], rows)


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
    return _format_table(["price", "us-east-1", "free each month", "source"], rows)


def format_page(measured: Measurements) -> str:
    """The content of docs/costs.md."""
    return "\n\n".join(_list_sections(measured)) + "\n"


def _list_sections(measured: Measurements) -> Iterator[str]:
    yield HEAD.format(documents=f"{measured.documents:,}", many=MANY, as_of=measured.as_of)
    yield from (format_million(measured, engine) for engine in ENGINES)
    yield MONTHS.format(budget=BUDGET)
    yield format_months()
    yield _format_table(*list_limits())
    yield TRACE.format(shards=SHARDS)
    for (engine, batch), run in sorted(measured.runs.items()):
        yield f"### {engine}, {_format_batch(batch)}, {run.documents:,} documents"
        yield format_run(run)
    yield PRICES
    yield format_prices()


HEAD = """\
# What it costs on AWS

`make cost` writes this page. It starts a sandbox whose functions and clients call the emulator
through a meter, which computes the usage of each call (`src/echostream_cli/costs/`), and
multiplies the usage by the prices of one file (`prices.yaml` in that folder).

Metered on {as_of} with {documents} documents for each engine, sent singly and in batches of 10 and
{many}. The documents are tweets of three sources at 5,000 a day; at another rate, more or fewer
documents share a count. Kinesis and Bedrock are not included.

## A million documents

Before the free tier, without storage. The first column is a design with one call, one object and
one write for each document: one request, one invocation, one PUT, one PutItem (of the same item
with its index entry), and with a paid engine one DetectSentiment. It is computed from the same
calls, with VADER's duration in Lambda for every engine. This design stores less: no scored text in
the lake, no counts, no spend ledger. Documents sent singly cost more than in this design, because
EchoStream stores more and counts each request by itself; documents in batches of 100 cost less.

Comprehend charges for each text, so batches do not reduce its part, which is most of the bill.
The lines without Comprehend show what batches save. The cascade reduces Comprehend's part."""
MONTHS = """\
## A month

Before the free tier; in brackets after it. The free tier contains only what AWS gives every
account permanently, without the offers for new accounts. A month includes a page that is open
for an hour a day, the nightly compaction (as metered after these runs: Athena bills at least 10
MB for a query), cold starts, storage when as many documents expire as arrive, and alarms, but no
producer. `SpendCap` limits Comprehend's part to $15 a month; VADER scores the other documents.
`make cost DOCS_PER_DAY=5000 ENGINE=cascade BATCH=25` prints one month in detail.

The second table contains the number of documents a day at which a month costs ${budget}."""
TRACE = """\
## Where each dollar comes from

Every call of each run, its usage and its cost. DynamoDB's units are computed from the items
before and after each call, by the rules of its developer guide; rejected and cancelled writes
count too. An insert that is refused because the id exists costs as much as a rejected write of the
stored item: an assumption, because AWS's documentation does not mention it. Exact: requests,
invocations of the processor, units, objects, texts, and bytes of the functions' log lines.
Estimated: Lambda's duration, and the access log. The duration is the 10th percentile on the
machine of the measurement, because other programs prolong the other calls; that machine is not a
Graviton and is not as near to S3 and DynamoDB. The emulator does not write the access log, so its
size is computed from the template's format. Not included, at most cents: Athena's requests to S3,
and storage of logs. Free at these rates: deletions by time to live, CloudFront. X-Ray is only
included in the month, because the number of sampled traces depends on the rate (the first
invocation of each second, 5% of the others).

Calls with `(count)` are those of the function that counts documents from the table's stream, whose
reads by Lambda are free. Its invocations are those that AWS would make, by these assumptions:

- Each request is counted by itself: in these runs, requests are farther apart than the two seconds
  for which Lambda collects changes (`MaximumBatchingWindowInSeconds`). A plan assumes the same at
  every rate. In fact requests within two seconds share invocations, so that a plan for tens of
  thousands of requests a day is too high.
- The stream has {shards} shards, and each batch of changes has one: a new table takes 4,000 write
  units a second, a partition 1,000, and each partition has one shard.
- At the end of each window of 15 minutes (`TumblingWindowInSeconds`), Lambda invokes the function
  once more for each shard, without changes.
- The invocations for the shards follow each other. On AWS they run at the same time, and with
  `CounterShards=1` their transactions can meet on a count: one is cancelled and repeated. A
  cancelled transaction costs as much as a successful one, and is not included."""
PRICES = """\
## Prices

The comment in `prices.yaml` says which prices were compared with copies of AWS's pages. Check
the pages before you rely on the numbers."""
