"""The tables of docs/scale.md."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, inf

from echostream_cli.costs import template
from echostream_cli.costs.counting import BATCH_SIZE
from echostream_cli.costs.plan import DAYS
from echostream_cli.costs.prices import prices
from echostream_cli.costs.tables import format_dollars, format_table
from echostream_cli.scale import lake_loads
from echostream_cli.scale.limits import Limit, counters_for
from echostream_cli.scale.loads import DIRECT, PEAK, SINGLY, STREAM, Load, Setup
from echostream_cli.scale.many_tenants import Sharing, sharing_of
from echostream_cli.scale.simulations import SHARDS, Simulated

SIZES = {"1 million": 1e6, "100 million": 1e8, "10 billion": 1e10}
"""Documents a day."""
TENANTS = 1, 100, 10_000
NAMES = {SINGLY: "singly", DIRECT: "batches", STREAM: "stream"}
Row = tuple[str, Setup, Callable[[Load], str]]


def count(number: float) -> str:
    """A number with the digits that matter."""
    if number == inf:
        return "-"
    for size, name in ((1e9, " billion"), (1e6, " million")):
        if number >= 0.9995 * size:
            return f"{_digits(number / size)}{name}"
    return _digits(number)


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 99.5 or number == 0 else f"{number:,.2g}"


def size(number: float) -> str:
    """Bytes, decimal as AWS bills them."""
    for unit, name in ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if number >= unit:
            return f"{_digits(number / unit)} {name}"
    return f"{number:,.0f} B"


def format_rows(rows: Sequence[Row]) -> str:
    """A row for each quantity, a column for each size."""
    cells = [
        [label, *(get(Load(setup, per_day)) for per_day in SIZES.values())]
        for label, setup, get in rows
    ]
    return format_table(["documents a day", *SIZES], cells)


REQUESTS: Sequence[Row] = (
    ("documents/s, mean", DIRECT, lambda load: count(load.mean)),
    (f"documents/s, peak ({PEAK} times the mean)", DIRECT, lambda load: count(load.peak)),
    ("requests/s at the peak, singly", SINGLY, lambda load: count(load.requests)),
    ("requests/s at the peak, batches", DIRECT, lambda load: count(load.requests)),
    ("processes of the processor, singly", SINGLY, lambda load: count(load.processes)),
    ("processes of the processor, batches", DIRECT, lambda load: count(load.processes)),
    ("processes of ingest, stream", STREAM, lambda load: count(load.processes)),
    ("processes of `derive`", DIRECT, lambda load: count(load.derivers)),
    ("shards of Kinesis, stream", STREAM, lambda load: count(load.kinesis_shards)),
    ("of these, for bytes and records", STREAM, lambda load: count(load.kinesis_shards_by_size)),
)
TABLE: Sequence[Row] = (
    ("write units of a document, singly", SINGLY, lambda load: count(load.units)),
    ("write units of a document, batches", DIRECT, lambda load: count(load.units)),
    ("write units/s at the peak, batches", DIRECT, lambda load: count(load.peak * load.units)),
    ("table without its index", DIRECT, lambda load: size(load.table_bytes)),
    ("partitions of the table, shards of its stream", DIRECT, lambda load: count(load.partitions)),
    ("largest index partition (an hour and shard)", DIRECT, lambda load: size(load.hour_bytes)),
    ("changes/s of a shard of the stream, peak", DIRECT, lambda load: count(load.shard_changes)),
    (
        "changes that are counted at once",
        DIRECT,
        lambda load: count(load.changes_of_batch(load.mean)),
    ),
    ("transactions of counts/s, peak", DIRECT, lambda load: count(load.transactions)),
)
SETTINGS: Sequence[Row] = (
    ("`ThrottleRate`", DIRECT, lambda load: setting("ThrottleRate", load.requests)),
    ("`Shards`", DIRECT, lambda load: setting("Shards", load.shards)),
    ("`CounterShards`", DIRECT, lambda load: setting("CounterShards", counters_for(load))),
    ("`QueryBytes`", DIRECT, lambda load: setting("QueryBytes", lake_loads.enriched_bytes(load))),
    ("`StreamShards`, stream", STREAM, lambda load: setting("StreamShards", load.kinesis_shards)),
)
LAKE: Sequence[Row] = (
    ("objects of `raw/` a day, singly", SINGLY, lambda load: count(lake_loads.raw_objects(load))),
    ("objects of `raw/` a day, batches", DIRECT, lambda load: count(lake_loads.raw_objects(load))),
    ("objects of `raw/` a day, stream", STREAM, lambda load: count(lake_loads.raw_objects(load))),
    (
        "objects of `enriched/` a day, batches",
        DIRECT,
        lambda load: count(lake_loads.enriched_objects(load)),
    ),
    ("size of one of `raw/`, batches", DIRECT, lambda load: size(lake_loads.raw_size(load))),
    (
        "size of one of `enriched/`, batches",
        DIRECT,
        lambda load: size(lake_loads.enriched_size(load)),
    ),
    (
        "PUT/s in a tenant's hour of `raw/`, peak, singly",
        SINGLY,
        lambda load: count(lake_loads.raw_puts(load)),
    ),
    (
        "PUT/s in a tenant's hour of `raw/`, peak, batches",
        DIRECT,
        lambda load: count(lake_loads.raw_puts(load)),
    ),
    (
        "`enriched/` of a day, which Athena reads to compact",
        DIRECT,
        lambda load: size(lake_loads.enriched_bytes(load)),
    ),
    (
        "calls that list objects, a night",
        DIRECT,
        lambda load: count(lake_loads.lists_a_night(load)),
    ),
    ("log lines a day, singly", SINGLY, lambda load: size(log_bytes(load))),
    ("log lines a day, batches", DIRECT, lambda load: size(log_bytes(load))),
)


def setting(parameter: str, needed: float) -> str:
    """The value of a parameter that is needed: its default if that is enough."""
    value = max(template.get_number(parameter, {}), ceil(needed))
    most = template.get_maximum(parameter)
    return f"{value:,.0f}" + (f" (at most {most:,.0f})" if value > most else "")


def log_bytes(load: Load) -> float:
    return load.quantity("logs_ingested") / DAYS * 1e9


def format_tenants() -> str:
    """What `derive` does for few and for many tenants."""
    rows = []
    for name, per_day in SIZES.items():
        load = Load(DIRECT, per_day)
        needed = load.mean / load.young_partitions
        for tenants in TENANTS:
            sharing = sharing_of(load, tenants, lambda load: load.mean)
            full = Sharing(BATCH_SIZE, tenants)
            objects = per_day / sharing.documents * sharing.objects
            puts = prices()["s3_put"].of(objects * DAYS)
            rows.append(
                [
                    f"{name}, {tenants:,}",
                    count(sharing.documents / sharing.objects),
                    count(objects),
                    f"${count(puts)}",
                    count(sharing.units / sharing.documents),
                    count(full.documents / full.seconds),
                    count(needed),
                ]
            )
    head = (
        *("documents a day, tenants", "documents in an object", "objects a day", "PUT a month"),
        *(
            "units of counts for a document",
            "documents/s of `derive`",
            "needed",
        ),
    )
    return format_table(head, rows)


def format_limits(limits: Sequence[Limit]) -> str:
    """The limits in the order in which batches reach them; documents a day for each setup."""
    rows = [
        [limit.name, limit.kind, *(count(limit.documents_a_day(s)) for s in NAMES), limit.change]
        for limit in sort_limits(limits)
    ]
    return format_table(["limit", "kind", *NAMES.values(), "what is changed"], rows)


def sort_limits(limits: Sequence[Limit]) -> Sequence[Limit]:
    """In the order in which batches reach them, then the stream."""
    return sorted(limits, key=lambda limit: [limit.documents_a_day(s) for s in (DIRECT, STREAM)])


def list_reached(limits: Sequence[Limit], per_day: float) -> Iterator[str]:
    """The limits that a size reaches, as items of a list; with batches unless noted."""
    for limit in sort_limits(limits):
        uses = {setup: limit.get_use(Load(setup, per_day)) for setup in NAMES}
        reached = [NAMES[setup] for setup, use in uses.items() if use > 1]
        if reached:
            most = max(uses.values())
            factor = count(most) if most >= 10 else f"{most:.1f}"
            yield f"- {limit.name} ({', '.join(reached)}; up to {factor} times): {limit.change}."


def format_bill() -> str:
    """Dollars of a month by part, before the free tier."""
    loads = [Load(setup, per_day) for per_day in SIZES.values() for setup in NAMES]
    bills = [lake_loads.bill_of_month(load).by_part() for load in loads]
    parts = list(dict.fromkeys(p.part for p in prices().values()))
    rows = [
        [part, *(f"${bill.get(part, (0.0, 0.0))[0]:,.0f}" for bill in bills)]
        for part in parts
        if any(bill.get(part, (0.0, 0.0))[0] >= 0.5 for bill in bills)
    ]
    rows.append(["total", *(f"${lake_loads.bill_of_month(load).total:,.0f}" for load in loads)])
    rows.append(["for a million documents", *map(_format_million, loads)])
    head = [f"{name}, {setup}" for name in SIZES for setup in NAMES.values()]
    return format_table(["a month, documents a day", *head], rows)


def _format_million(load: Load) -> str:
    return format_dollars(lake_loads.bill_of_month(load).total / (load.per_day * DAYS) * 1e6)


def format_senders(simulated: Simulated) -> str:
    """Senders of single documents of one source, with 1.0's write and with today's."""
    rows = []
    for before, today in zip(simulated.senders["1.0"], simulated.senders["today"], strict=True):
        rows.append(
            [
                str(before.senders),
                *(f"{one.documents_per_second:,.0f}" for one in (before, today)),
                *(f"{one.share_failed:.2%}" for one in (before, today)),
                *(f"{one.cancelled / max(1, one.stored):.2f}" for one in (before, today)),
                f"{today.throttled / max(1, today.stored):.2f}",
            ]
        )
    names = ("documents/s", "503", "cancelled for each stored")
    head = [f"{name}, {version}" for name in names for version in ("1.0", "today")]
    return format_table(["senders", *head, "throttled for each stored, today"], rows)


def format_readers(simulated: Simulated) -> str:
    """Changes a second and cancelled transactions, by shards of the stream and of the counters."""
    rows = []
    for stream_shards in SHARDS:
        results = [simulated.reader(stream_shards, counters) for counters in SHARDS]
        changes = [f"{one.changes_per_second:,.0f}" for one in results]
        rows.append([str(stream_shards), *changes, *(f"{r.share_cancelled:.0%}" for r in results)])
    head = [f"{what}, {number}" for what in ("changes/s", "cancelled") for number in SHARDS]
    return format_table(["shards of the stream; `CounterShards`:", *head], rows)
