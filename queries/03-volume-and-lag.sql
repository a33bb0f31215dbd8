-- How many documents arrive on each day (UTC), and how long after they were written are they scored?
-- Lag in seconds, from created_at to enriched_at: median and 95th percentile. Documents that were
-- written more than a day before are imports, which have no lag.
SELECT
    dt AS day,
    count(*) AS documents,
    count_if(created_at < date_add('day', -1, enriched_at)) AS imported,
    approx_percentile(lag, 0.5) AS median_lag,
    approx_percentile(lag, 0.95) AS lag_of_95_percent
FROM (
    SELECT
        dt,
        created_at,
        enriched_at,
        CASE
            WHEN created_at >= date_add('day', -1, enriched_at)
                THEN date_diff('second', created_at, enriched_at)
        END AS lag
    FROM documents
)
GROUP BY dt
ORDER BY dt
