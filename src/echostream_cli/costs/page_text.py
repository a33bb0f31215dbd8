"""The text of docs/costs.md between its tables, as templates."""

HEAD = """\
# What it costs on AWS

`make cost` writes this page. It starts a sandbox whose functions and clients call the emulator
through a meter, which computes the usage of each call (`src/echostream_cli/costs/`), and
multiplies the usage by the prices of one file (`prices.yaml` in that folder).

Metered on {as_of} with {documents} documents for each engine, sent singly and in batches of 10 and
{many}. The documents are tweets of three sources, a million in a month; at another rate, more or
fewer documents share a count and an object. All on the direct path;
[the stream path](#the-stream-path) is below. Bedrock is not included.

## A million documents

Before the free tier, without storage. The first column is a design with one call, one object and
one write for each document: one request, one invocation, one PUT, one PutItem (of the same item
with its index entry), and with a paid engine one DetectSentiment. It is computed from the same
calls, with VADER's duration in Lambda for every engine. This design stores less: no scored text in
the lake, no counts, no spend ledger. Documents sent singly therefore cost more than in this design;
documents in batches cost less.

Comprehend charges for each text, so batches do not reduce its part, which is most of the bill.
The lines without Comprehend show what batches save. The cascade reduces Comprehend's part."""
MONTHS = """\
## A month

Before the free tier; in brackets after it. The free tier contains only what AWS gives every
account permanently, without the offers for new accounts. A month includes a page that is open
for an hour a day, the nightly compaction (as metered after these runs: Athena bills at least 10
MB for a query), cold starts, storage when as many documents expire as arrive, alarms, and Lambda's
reads of the queue of erasures, also while it is empty, but no [live sources](#live-sources).
`SpendCap` limits Comprehend's part to $15 a month; VADER scores the other documents.
`make cost DOCS_PER_DAY=5000 ENGINE=cascade BATCH=25` prints one month in detail.

The second table contains the number of documents a day at which a month costs ${budget}."""
ACTS = """\
## Other calls

A thousand times each, before the free tier, as metered after these runs, so with the {documents}
documents of them. A sign-in is of a person, with its event in the audit log. A page has 50
documents. The erasure is of one author, whose documents were compacted before: table, files of
the lake, results of queries, and the second round. Not metered: a machine user costs $6 a month and
$2.25 for 1,000 tokens ([decision 84](adr/0084-members-have-roles-and-are-looked-up.md))."""
SOURCES = """\
## Live sources

What live sources add to a month with `Producer=true`, before the free tier: a run of the producer
each minute, the reads, and a secret for each fifth source, because one of five kinds needs
credentials. Their documents cost as much as in batches, without the API, and are not included.
Metered with five sources that need no network. Not metered: the time until a service has answered,
in which the function is billed too. Here it is 2 s a read, of Bluesky 20 s, its longest read.
`make cost DOCS_PER_DAY=24000 SOURCES=5` prints a month with five sources that are read every five
minutes."""
STREAM = """\
## The stream path

What `IngestPath=stream` adds to a month, before the free tier: the stream (`StreamMode`,
`StreamShards`), the ingest function and two alarms. Kinesis bills a record in units of 25 KB, so
the ingest function packs the documents of a request into as few units as they need. A shard takes
1 MB and 1,000 records a second, a stream on demand what arrives. Computed with documents of 205
bytes, the mean of the tweets. Not deducted: the processor is called, and writes an object, once for
a batch of the stream instead of once for a request, which saves up to $5 for a million documents
that are sent singly."""
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

Calls with `(derive)` are those of the function that counts documents and writes them to
`enriched/` from the table's stream, whose reads by Lambda are free. Its invocations are those that
AWS would make, by these assumptions:

- Lambda collects the changes of a shard for `DeriveWindow`, {window:.0f} s, from the first one on.
  Requests arrive at random times, in a run a million documents in a month. A plan for another rate
  or size of batch computes how many requests share an invocation, and assumes that an invocation
  costs as much as in the run: too much for a rate that is much lower.
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
