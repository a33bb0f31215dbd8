"""The tables that `make cost` prints, and docs/costs.md, which is made of them."""

from collections.abc import Iterator, Sequence

from echostream.domain.engine import ENGINES
from echostream_cli.costs.bill import Bill, Usage, bill_of, scaled
from echostream_cli.costs.measured import MANY, Measured, Run
from echostream_cli.costs.plan import affordable, monthly, simple_design
from echostream_cli.costs.prices import prices
from echostream_cli.paths import ROOT

PAGE = ROOT / "docs" / "costs.md"
MILLION = 1_000_000
BUDGET = 25
RATES = (100, 1_000, 5_000, 20_000, 100_000)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: text to the left, numbers to the right, columns of one width."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [c.rjust(w) for c, w in zip(others, widths[1:], strict=True)]
        return f"| {' | '.join([first.ljust(widths[0]), *padded])} |"

    rule = [":" + "-" * (widths[0] - 1), *("-" * (w - 1) + ":" for w in widths[1:])]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def dollars(amount: float) -> str:
    """Dollars to the cent, or to two digits below a cent."""
    return f"${amount:,.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.2g}"


def _columns(found: Measured, engine: str) -> list[Usage]:
    """A document in the simple design, sent singly, sent among many."""
    single, many = (found.runs[engine, batch].per_document() for batch in (1, MANY))
    return [simple_design(found, engine), single, many]


def per_million(found: Measured, engine: str) -> str:
    """Dollars a million documents by part, before any free tier."""
    bills = [bill_of(scaled(usage, MILLION)) for usage in _columns(found, engine)]
    parts = list(dict.fromkeys(p.part for p in prices().values()))
    rows = [
        [part, *(dollars(bill.by_part().get(part, (0.0, 0.0))[0]) for bill in bills)]
        for part in parts
        if any(part in bill.by_part() for bill in bills)
    ]
    rows.append(["all", *(dollars(bill.total) for bill in bills)])
    rows.append(["of the first column", *(f"{b.total / bills[0].total:.0%}" for b in bills)])
    own = [bill.total - bill.by_part().get("Comprehend", (0.0, 0.0))[0] for bill in bills]
    if engine != "vader":
        rows.append(["without Comprehend", *map(dollars, own)])
        rows.append(["of the first column", *(f"{one / own[0]:.0%}" for one in own)])
    head = [engine, "one call, object, write each", "sent singly", f"batches of {MANY}"]
    return _table(head, rows)


def used(run: Run) -> str:
    """Which calls a run made, and what each used of what has a price: the trace of its bill."""
    rows = []
    for call, times in sorted(run.metered.calls.items()):
        usage = run.metered.usage.get(call, {})
        cost = bill_of({name: q for name, q in usage.items() if q}).total
        what = ", ".join(f"{q:,.6g} {name}" for name, q in usage.items() if q)
        rows.append([call, f"{times:,}", what or "free", dollars(cost)])
    return _table(["call", "times", "metered", "dollars"], rows)


def month(bill: Bill) -> str:
    """A month's bill by line, the free tier apart."""
    rows = [
        [
            f"{one.part}: {one.what}",
            f"{one.quantity:,.6g} {one.unit}",
            dollars(one.dollars),
            f"-{dollars(one.free)}" if one.free else "",
        ]
        for one in bill.lines
    ]
    free = bill.total - bill.after_free
    rows.append(["total", "", dollars(bill.total), f"-{dollars(free)}"])
    rows.append(["after the free tier", "", dollars(bill.after_free), ""])
    return _table(["a month", "quantity", "dollars", "free tier"], rows)


def months() -> str:
    """A month at several rates, before and after the free tier."""
    rows = []
    for engine in ENGINES:
        for batch in (1, MANY):
            bills = [monthly(rate, engine=engine, batch=batch) for rate in RATES]
            cells = [f"{dollars(b.total)} ({dollars(b.after_free)})" for b in bills]
            rows.append([f"{engine}, {_sent(batch)}", *cells])
    return _table(["documents a day", *(f"{rate:,}" for rate in RATES)], rows)


def limits() -> str:
    """Up to which rate a month stays within the budget."""
    rows = []
    for engine in ENGINES:
        for batch in (1, MANY):
            before = affordable(BUDGET, engine, batch, lambda bill: bill.total)
            after = affordable(BUDGET, engine, batch, lambda bill: bill.after_free)
            rows.append([f"{engine}, {_sent(batch)}", f"{before:,}", f"{after:,}"])
    return _table([f"${BUDGET} a month", "documents a day", "with the free tier"], rows)


def _sent(batch: int) -> str:
    return "singly" if batch == 1 else f"batches of {batch}"


def price_list() -> str:
    """The price file, as it is."""
    rows = [
        [
            f"{p.part}: {p.what}",
            f"${p.dollars:,.10g} / {p.per:,.0f} {p.unit}",
            f"{p.free:,.0f}",
            f"[{p.date}]({p.source})",
        ]
        for p in prices().values()
    ]
    return _table(["price", "us-east-1", "free each month", "source"], rows)


def page(found: Measured) -> str:
    """docs/costs.md."""
    return "\n\n".join(_sections(found)) + "\n"


def _sections(found: Measured) -> Iterator[str]:
    sent = f"{found.documents:,} documents with each engine, singly and in batches of {MANY}"
    yield HEAD.format(sent=sent, as_of=found.as_of)
    yield from (per_million(found, engine) for engine in ENGINES)
    yield MONTHS.format(budget=BUDGET)
    yield months()
    yield limits()
    yield TRACE
    for (engine, batch), run in sorted(found.runs.items()):
        yield f"### {engine}, {_sent(batch)}, {run.documents:,} documents"
        yield used(run)
    yield PRICES
    yield price_list()


HEAD = """\
# What it costs on AWS

Written by `make cost`: a sandbox of its own whose functions and clients reach the emulator through
a meter, which reads every call (`src/echostream_cli/costs/`), and one file of
prices (`prices.yaml` beside it).

Metered on {as_of}: {sent}.
The documents are tweets, 5,000 a day, each with its language; what arrives faster or slower shares
more or fewer counts. There is one path, `direct`; a stream, and Bedrock, do not exist yet and are
not here.

## A million documents

Before any free tier, without storage. The first column is the design of one call, one object and
one write for each document: one request, one invocation, one PUT, one PutItem (the same item with
its index, no transaction, no counts), and with a paid engine one DetectSentiment for each. It is
worked out from the same calls, with VADER's time in Lambda whatever the engine. It keeps less: no
scored text in the lake, no counts, and a spend cap for nobody. Without batches, what we keep beyond
it costs more than it; batches pay for that.

Batching saves nothing of what Comprehend charges for a text, which is most of that bill; what it
saves of the rest stands in the lines below it, and the cascade is what saves Comprehend."""
MONTHS = """\
## A month

Before the free tier, and in brackets after it. The free tier is what AWS gives every account for
good; what new accounts get for a while is not counted. Included are a page that is open for an hour
a day, a night's compaction (as metered after that run: 10 MB a query is the least that Athena
charges), cold starts, storage once as much is forgotten as arrives, alarms, and no producer.
`SpendCap` ends Comprehend's part at $15 a month, whatever arrives; VADER scores the rest.
`make cost DOCS_PER_DAY=5000 ENGINE=cascade BATCH=25` prints one month in detail.

Up to how many documents a day a month stays within ${budget}: the second table."""
TRACE = """\
## Where each dollar comes from

Every call of each run, what it used of what has a price, and what that costs. DynamoDB's units are
worked out from the items before and after each call by the rules of its developer guide; a refused
or cancelled write counts too. Exact: requests, invocations, units, objects, texts, bytes of the
functions' log lines. Estimated: Lambda's time, taken from this machine (the quickest tenth of the
calls, for other work here makes the others longer), which is neither Graviton nor as near to S3 and
DynamoDB; and the access log, which the emulator does not write, from the template's format.
Left out, for they are cents at most: requests that Athena makes to S3, and storage of logs. Free at
these rates: time-to-live deletes, CloudFront. X-Ray's traces are in the month alone: how many of
the calls Lambda samples hangs on their rate (the first of each second, a twentieth of the rest)."""
PRICES = """\
## Prices

`prices.yaml` says which were compared with copies of these pages; look at them yourself."""
