"""SQL over the lake's tables: typed rows, each document once, and the compaction of a day.

All columns of `enriched` are text, so that no value makes a query fail. `_typed` casts them, and
its column `problem` has the reason why a row is not a document. `compacted_documents` has the
documents of closed days, with a partition for each tenant and day. The view `documents` reads it up
to a day, and `enriched` after that day.

The tenant of `enriched` and `raw` is an injected partition, which needs an equality: Athena refuses
a query without one. AWS's documentation promises that it is found only in the WHERE clause of the
table itself. So every statement here except the view, which has no tenant, has its conditions on
partitions there. Those of a query over the view reach the table only if the planner moves them
through UNION ALL and the window.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

FIRST_DAY = "0001-01-01"
"""Before every day of a document: no day is compacted. A date, like the values of `dt`."""
TENANT = "tenant_id"
COLUMNS = (
    TENANT,
    "id",
    "text",
    "source",
    "author",
    "url",
    "language",
    "created_at",
    "sentiment",
    "positive",
    "negative",
    "neutral",
    "mixed",
    "compound",
    "engine",
    "engine_version",
    "truncated",
    "fallback",
    "enriched_at",
    "others",
    "channel",
    "rating",
    "attributes",
    "unscored",
)
"""The columns of a document, without its day of arrival `dt`. In the files of `compacted_documents`
the tenant is missing: it is a partition column."""

_TYPED = """\
    SELECT
        tenant_id, id, text, source, author, url, language,
        TRY(CAST(from_iso8601_timestamp(created_at) AS timestamp)) AS created_at,
        sentiment,
        TRY_CAST(json_extract_scalar(scores, '$.positive') AS double) AS positive,
        TRY_CAST(json_extract_scalar(scores, '$.negative') AS double) AS negative,
        TRY_CAST(json_extract_scalar(scores, '$.neutral') AS double) AS neutral,
        TRY_CAST(json_extract_scalar(scores, '$.mixed') AS double) AS mixed,
        TRY_CAST(compound AS double) AS compound,
        engine, engine_version,
        TRY_CAST(truncated AS boolean) AS truncated,
        fallback,
        TRY(CAST(from_iso8601_timestamp(enriched_at) AS timestamp)) AS enriched_at,
        others, channel,
        TRY_CAST(rating AS double) AS rating,
        attributes, unscored,
        dt,
        "$path" AS object,
        CASE
            WHEN id IS NULL OR text IS NULL THEN 'no JSON object with an id and a text'
            WHEN TRY(from_iso8601_timestamp(created_at)) IS NULL THEN 'created_at: not a time'
            WHEN TRY(from_iso8601_timestamp(enriched_at)) IS NULL THEN 'enriched_at: not a time'
            WHEN coalesce(sentiment, '') NOT IN ('POSITIVE', 'NEGATIVE', 'NEUTRAL', 'MIXED')
                THEN 'sentiment: none of the four'
            WHEN TRY_CAST(compound AS double) IS NULL THEN 'compound: not a number'
            WHEN substr(enriched_at, 1, 10) <> dt THEN 'lies in the partition of another day'
        END AS problem{definition}
    FROM enriched
    WHERE {where}"""
_LATE = "created_at <= enriched_at - INTERVAL '1' DAY"
"""Holds for each repeat that the table takes for a new document: it keeps documents for a day at
least after they were written."""
_DEFINITION = re.compile(r"'view ([0-9a-f]{16}) (\d{4}-\d\d-\d\d)'")


def _typed(where: str, definition: str = "") -> str:
    """Rows of `enriched` that match a condition on its partitions, with types and a problem."""
    return _TYPED.format(where=where, definition=definition)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def names(values: Sequence[str]) -> str:
    """Texts as the list of an `IN (...)`."""
    return ", ".join(literal(value) for value in values)


def _once(columns: str, where: str, definition: str = "") -> str:
    """Rows of `enriched` that match a condition on its partitions as documents, each once.

    Copies of a document are equal, except that a rescoring adds to `others` of one after another.
    """
    return f"""\
SELECT {columns}
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY tenant_id, dt, id ORDER BY enriched_at, length(coalesce(others, '')) DESC
    ) AS copy
    FROM (
{_typed(where, definition)}
    )
    WHERE problem IS NULL
)
WHERE copy = 1"""


def _documents(compacted_to: str, where: str = "", definition: str = "") -> str:
    """Documents of days up to `compacted_to` from `compacted_documents`, others from `enriched`.

    `where` is a further condition on the partitions of both tables, which ends with AND.
    """
    columns, day = ", ".join((*COLUMNS, "dt")), literal(compacted_to)
    return f"""\
SELECT {columns}
FROM compacted_documents
WHERE {where}dt <= {day}
UNION ALL
{_once(columns, f"{where}dt > {day}", definition)}"""


def documents_of(tenant: str, compacted_to: str) -> str:
    """Selects what the view `documents` has of a tenant, with the tenant at each table."""
    return _documents(compacted_to, f"{TENANT} = {literal(tenant)} AND ")


def documents_view(compacted_to: str) -> str:
    """Creates the view `documents`; it reads days up to `compacted_to` from `compacted`.

    Athena stores a view's SQL formatted anew, so the text of a stored view differs from that of the
    statement that created it. Literals stay: a column that nobody reads has a hash of the
    statement.
    """
    digest = hashlib.sha256(_documents(compacted_to).encode()).hexdigest()[:16]
    definition = f", 'view {digest} {compacted_to}' AS definition"
    return f"CREATE OR REPLACE VIEW documents AS\n{_documents(compacted_to, '', definition)}"


def view_definition(sql: str) -> tuple[str, str] | None:
    """The hash and the last compacted day in the SQL of a view; None if it names neither.

    It is the same for a statement of `documents_view` and for the SQL that Athena stored for it.
    """
    match = _DEFINITION.search(sql)
    return (match[1], match[2]) if match else None


def compact_day(
    day: str, tenants: Sequence[str], folder: str, late: Mapping[str, str] | None = None
) -> str:
    """Writes the documents of a day to an empty folder (S3 URI), as sorted Parquet by tenant.

    Athena writes up to 100 partitions in one statement, each to a folder `tenant_id=T/`. `late` has
    those of `late_tenants`, with the first day on which their late documents may have arrived;
    without such tenants no other day is read.
    """
    columns = ", ".join([*(name for name in COLUMNS if name != TENANT), TENANT])
    documents = _once(columns, _of_day(day, tenants))
    if late:
        documents = f"SELECT {columns}\nFROM (\n{documents}\n)\n{_without_known(day, late)}"
    return f"""\
UNLOAD (
{documents}
ORDER BY tenant_id, created_at, id
)
TO {literal(folder)}
WITH (format = 'PARQUET', compression = 'ZSTD', partitioned_by = ARRAY['{TENANT}'])"""


def _without_known(day: str, late: Mapping[str, str]) -> str:
    """Leaves out late documents that an earlier compacted day has.

    Only the ids are compared: an id names one document, whose first text stays. What arrived before
    a document was written (five minutes are allowed for clocks) is another document, so that days
    before the first late document need not be read.
    """
    first_day = literal(min(late.values()))
    return f"""\
LEFT JOIN (
    SELECT tenant_id AS known_tenant, id AS known_id, max(dt) AS known_day
    FROM compacted_documents
    WHERE tenant_id IN ({names(sorted(late))}) AND dt >= {first_day} AND dt < {literal(day)}
    GROUP BY tenant_id, id
) ON known_tenant = tenant_id AND known_id = id
    AND {_LATE}
    AND created_at < CAST(known_day AS timestamp) + INTERVAL '2' DAY
WHERE known_id IS NULL"""


def late_tenants(day: str, tenants: Sequence[str]) -> str:
    """Selects the tenants with late documents on a day, and the day the first one was written.

    A document is late if it arrived a day or more after it was written: the table may have had it
    before, and deleted it. The day is one that has a day before it.
    """
    return f"""\
SELECT tenant_id, CAST(greatest(date(min(created_at)), date '0001-01-02') AS varchar)
FROM (
{_typed(_of_day(day, tenants))}
)
WHERE problem IS NULL AND {_LATE}
GROUP BY tenant_id"""


def _of_day(day: str, tenants: Sequence[str]) -> str:
    """The condition on the partitions of `enriched` for a day of some tenants."""
    return f"dt = {literal(day)} AND tenant_id IN ({names(tenants)})"


def problems_of_day(day: str, tenants: Sequence[str]) -> str:
    """Selects the objects of a day with lines that are not documents, the reason, the number."""
    return f"""\
SELECT object, problem, count(*) AS lines
FROM (
{_typed(_of_day(day, tenants))}
)
WHERE problem IS NOT NULL
GROUP BY object, problem
ORDER BY object, problem"""
