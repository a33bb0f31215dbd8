"""SQL over the lake's tables: typed rows, each document once, and the compaction of a day.

All columns of `enriched` are text, so that no value makes a query fail. `_TYPED` casts them, and
its column `problem` has the reason why a row is not a document. `compacted_documents` has the
documents of closed days, with a partition for each tenant and day. The view `documents` reads it up
to a day, and `enriched` after that day.
"""

from collections.abc import Sequence

FIRST_DAY = "0000-00-00"
"""Sorts before every day: no day is compacted."""
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
        END AS problem
    FROM enriched"""


def literal(text: str) -> str:
    """A text as an SQL literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def names(values: Sequence[str]) -> str:
    """Texts as the list of an `IN (...)`."""
    return ", ".join(literal(value) for value in values)


def _once(columns: str, where: str) -> str:
    """Rows of `enriched` as documents, each once.

    Copies of a document are equal, except that a rescoring adds to `others` of one after another.
    """
    return f"""\
SELECT {columns}
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY tenant_id, dt, id ORDER BY enriched_at, length(coalesce(others, '')) DESC
    ) AS copy
    FROM (
{_TYPED}
    )
    WHERE problem IS NULL AND {where}
)
WHERE copy = 1"""


def documents_view(compacted_to: str) -> str:
    """Creates the view `documents`; it reads days up to `compacted_to` from `compacted`."""
    columns = ", ".join((*COLUMNS, "dt"))
    day = literal(compacted_to)
    return f"""\
CREATE OR REPLACE VIEW documents AS
SELECT {columns}
FROM compacted_documents
WHERE dt <= {day}
UNION ALL
{_once(columns, f"dt > {day}")}"""


def compact_day(day: str, tenants: Sequence[str], folder: str) -> str:
    """Writes the documents of a day to an empty folder (S3 URI), as sorted Parquet by tenant.

    Athena writes up to 100 partitions in one statement, each to a folder `tenant_id=T/`.
    """
    where = f"dt = {literal(day)} AND tenant_id IN ({names(tenants)})"
    columns = ", ".join([*(name for name in COLUMNS if name != TENANT), TENANT])
    return f"""\
UNLOAD (
{_once(columns, where)}
ORDER BY tenant_id, created_at, id
)
TO {literal(folder)}
WITH (format = 'PARQUET', compression = 'ZSTD', partitioned_by = ARRAY['{TENANT}'])"""


def problems_of_day(day: str, tenants: Sequence[str]) -> str:
    """Selects the objects of a day with lines that are not documents, the reason, the number."""
    return f"""\
SELECT object, problem, count(*) AS lines
FROM (
{_TYPED}
)
WHERE problem IS NOT NULL AND dt = {literal(day)} AND tenant_id IN ({names(tenants)})
GROUP BY object, problem
ORDER BY object, problem"""
