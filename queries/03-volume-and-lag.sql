-- How many documents arrive on each day (UTC), and how long after they were written are they scored?
-- Lag in seconds, from created_at to enriched_at: median and 95th percentile.
SELECT
    dt AS day,
    count(*) AS documents,
    approx_percentile(date_diff('second', created_at, enriched_at), 0.5) AS median_lag,
    approx_percentile(date_diff('second', created_at, enriched_at), 0.95) AS lag_of_95_percent
FROM documents
GROUP BY dt
ORDER BY dt
