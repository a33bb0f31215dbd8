"""The text of docs/scale.md between its tables, as templates."""

HEAD = """\
# How far it scales

`make scale` writes this page: what 1 million, 100 million and 10 billion documents a day need,
which limit is reached first, and what is changed then. It computes the numbers from the template's
defaults, the constants of the code, the measurements and prices of [costs](costs.md), and a
simulation (`src/echostream_cli/scale/`).

Assumed: the busiest second has {peak} times the mean. One tenant sends everything, which is the
worst case: limits "of a tenant" are those of the largest one. Documents are tweets of {bytes} bytes
as JSON. The engine is VADER. Columns: *singly*, one document a request; *batches* of {batch};
*stream*, such batches with `IngestPath=stream`.

## What is reached first

Documents a day at which each limit is reached, with the template's defaults. A *parameter* is
raised by a deployment. A *quota* is raised by AWS on request. *AWS adapts* means that calls are
refused for minutes, until AWS has divided what is busy. *Design* means that the code has to
change."""
SIZE = """\
### {name} documents a day

{reached}"""
NOTHING = "No limit is reached."
SETTINGS = """\
### Parameters

The smallest values for batches that are enough in the busiest second; where a default is enough,
the default. A value past the maximum means that one tenant cannot send this much."""
WRONG = """\
## This design is wrong for 10 billion

Parameters and quotas are not enough there, for one tenant, and the bill is not sensible for any:

- A month costs {total}. The table alone costs {table}: {writes} for write units, because each
  document is an item of its own in table and index, and {stored} for {table_bytes} with its index
  and its recovery, because the table keeps {days} days.
- Because of its size the table has {partitions} partitions, each with a shard of its stream that
  Lambda reads by itself, and `/stats` reads the position of each. The positions share one partition
  key.
- The compaction lists {lists} times a night and reads {enriched} in one statement. It has {seconds}
  seconds, and Athena has {athena_minutes} minutes.
- `make backup`, `recount`, `rescore` and `replay` read or write items one after another from one
  machine.
- Comprehend would cost {comprehend} a month. `SpendCap` prevents that.

With many tenants, the first step needs no new code: several stages, each with its tenants, up to
about 100 million documents a day in each. For one tenant, these parts are replaced:

- Documents are packed, up to 100 in an item: half of the write units, because each id stays an item
  of its own to detect repeats ([0071](adr/0071-documents-are-inserted-one-by-one-with-partiql.md)),
  and a hundredth of the items of the index. Or the table keeps one day (`RetentionDays=1` costs
  {one_day} a month for storage instead of {stored}), and SQL answers for what is older.
- The lake is written from Kinesis in files of 100 MB and more, in a table format that is compacted
  hour by hour, such as Iceberg. There is no object for a request, and no list of a day's objects.
- Counts come from a stream processor that keeps its sums in memory and is the only writer of each,
  such as Flink. There is no transaction for each batch.
- Kinesis and Lambda stay: they need quotas, not changes."""
REQUESTS = """\
## Requests and processes

Processes by Little's law: requests in the busiest second times the duration of one. The duration is
that of [costs](costs.md), which was measured with a whole CPU and with an emulator on the same
machine, times {slowdown:.1f} for the processor and {ingest_slowdown:.1f} for `ingest`, because
Lambda gives a whole CPU to a function with {full:,} MB and less in proportion. So it is an upper
bound: what a function waits for does not take longer with less CPU. A shard of Kinesis takes
{shard_bytes} and {shard_records:,} records a second, and {readers} processors read it side by side.
A processor gets through {processed:.0f} documents a second at least, a shard takes {taken:,.0f}:
the processors determine the number of shards."""
FUNCTIONS = """\
## Memory and time-outs

Lambda gives {full:,} MB a whole CPU, and a part of one to less memory. So the memory of a
function is chosen by its CPU time for the largest work that it may be given, with the start of a
worker: the smallest of {sizes} MB with which that work takes at most
{time:.0%} of the time-out and {memory:.0%} of the memory. Where a person waits, a start with a
small request takes {start} s at most, and one with the largest work {work:.0f} s. The smallest is
the cheapest: CPU time costs the same with each, waiting costs less. The processor has 1,024 MB, as
a slower one needs more shards; derive, compact and erase have 512 MB at least, as they read what
may be larger than what was measured.

CPU time and memory are those of the workers of a sandbox, on two shared cores (x86_64, Python
3.11; `make bench ONLY=functions`). Seconds on AWS are the CPU time over the share of a CPU, and
an assumption for what the function waits for; nobody has run this on AWS yet. The processor waits
0.5 s with VADER; Comprehend may take up to 19.5 s of the 29, which no memory size shortens. The
producer is not measured: it waits for other people's servers. Themes and reports were measured
with 9,000 documents, and their CPU time doubled for 36,000. In one process the documents alone
took 3.3 times as long, so that themes may take up to 10.8 s on AWS: more than the 10, and less
than half of the time-out. The peak of themes, digest and alerts is that of a smaller sample. A
test compares the template with this rule.
"""
TABLE = """\
## Table

A partition of DynamoDB takes {partition_units:,.0f} write units a second and has up to
{partition_bytes}. A document is one unit in the table and one in the index. The index has a
partition for each hour and shard, so that its size is bounded: by {partition_units:,.0f} documents
a second for an hour. Each partition of the table has a shard in its stream. Lambda collects the
changes of a shard for {window:.0f} s, or until there are {size:,}, and `derive` counts them, one
batch after another: {reader:,.0f} changes a second in the simulation below, so that it keeps up
with its partition.

A transaction adds a batch to the counts and holds them for {held:.0f} ms. `CounterShards` keeps
each counter free for {free:.0%} of the time."""
LAKE = """\
## Lake

Objects are packed, {bytes:.0f} bytes a document. S3 takes {prefix_puts:,} PUT a second for a
prefix, and divides a prefix that is busy for long. The key has the tenant before the day and the
hour, so that each hour of a tenant begins a new prefix. At night the compaction lists the objects
of {listed:.0f} days, to see which have changed, and Athena reads the day three times. A day of
more than `QueryBytes` is not compacted."""
TENANTS = """\
## Many tenants

Most limits above are those of one tenant, and many tenants do not reach them. One is the reverse:
`derive` writes an object for each tenant of a batch, {threads} at a time, and counts each tenant's
{sources} sources by themselves. With many small tenants, a document has an object and a count of
its own again, and `derive` is slower. The last two columns compare what `derive` gets through in
full batches with the mean of a shard, in a table that is new; a full one has more shards. If more
is needed, counts and `enriched/` fall behind until fewer documents arrive; what is a day behind
needs `make recount` and `make replay`."""
BILL = """\
## The bill

Dollars a month before the free tier, at list prices of the first tier; AWS's discounts for volume
are not included. Storage is that of a table and a lake that are full: {days:.0f} and
{lake_days:,.0f} days. The stream path has the shards of the first table, and its objects and
invocations are those of batches: what it saves is not deducted. More partitions make batches of
changes smaller than the plan assumes, which is not included."""
SIMULATION = """\
## Contention

No emulator cancels transactions that meet, or throttles a partition. The simulation does: the store
and the counters of this repository call a client that holds an item of a transaction for {low:.0f}
to {high:.0f} ms, cancels what meets it, with botocore's exceptions, and throttles each partition
key above {partition_units:,.0f} write units a second. Other calls take {call_low:.0f} to
{call_high:.0f} ms. Time is virtual: threads of which one runs at a time, in the order of their
waits, with random numbers from a seed, so that the result is the same on each machine. The write of
1.0 (a document and its counter in one transaction, with its back-off) is a small model of its code.

### Senders

Each sends single documents of one source, the next one as soon as it has the response, for
{seconds:.0f} s. 503 is the share of requests that the store gave up; a sender repeats them. Only
calls of the table count: with API, function and S3, more senders are needed for the same
contention.

In 1.0 everybody waits for four counters. Today no transaction is part of a request, so none is
cancelled. What limits today's senders is {partition_units:,.0f} writes a second of one partition
key: each request writes a time of receipt of its tenant, and each document an index partition of
its hour, both in one of `Shards` = {shards:.0f}. What is above that is throttled, and waits;
today's 503s are throttles that lasted too long."""
READERS = """\
### Readers of the table's stream

`derive` for each shard of the stream, each with a backlog of batches of {size:,} changes of one
tenant, for {seconds:.0f} s. A cancelled transaction is repeated and costs as much as another. Which
counter a shard uses is a hash of its name, so that as many counters as shards do not separate all
of them."""
