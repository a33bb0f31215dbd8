-- How many documents arrive a day (UTC), and how long after they were written are they scored?
-- Lag in seconds, from created_at to enriched_at: of half of them at most, and of 95 %.
SELECT
    dt AS day,
    count(*) AS documents,
    approx_percentile(date_diff('second', created_at, enriched_at), 0.5) AS median_lag,
    approx_percentile(date_diff('second', created_at, enriched_at), 0.95) AS lag_of_95_percent
FROM documents
GROUP BY dt
ORDER BY dt
