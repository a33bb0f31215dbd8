-- In which week, and for which source, did the mean compound score change most?
-- Compared with the week before; null for a source's first week. Weeks start on Monday (UTC).
WITH weeks AS (
    SELECT
        date_trunc('week', created_at) AS week,
        source,
        count(*) AS documents,
        avg(CASE WHEN unscored IS NULL THEN compound END) AS mean_compound
    FROM documents
    GROUP BY 1, 2
),
changes AS (
    SELECT
        week,
        source,
        documents,
        mean_compound,
        mean_compound - lag(mean_compound) OVER (PARTITION BY source ORDER BY week) AS change
    FROM weeks
)
SELECT
    week,
    source,
    documents,
    round(mean_compound, 3) AS mean_compound,
    round(change, 3) AS change
FROM changes
ORDER BY abs(change) DESC NULLS LAST, week, source
LIMIT 20
