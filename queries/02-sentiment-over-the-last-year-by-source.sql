-- How did sentiment change over the last year, by source? Mean compound score (-1 to 1) by month.
-- A document arrives after it was written: `dt` has no end, so that later imports are in it.
SELECT
    date_trunc('month', created_at) AS month,
    source,
    count(*) AS documents,
    round(avg(CASE WHEN unscored IS NULL THEN compound END), 3) AS mean_compound
FROM documents
WHERE created_at >= date_add('month', -12, date_trunc('month', current_timestamp))
    AND dt >= date_format(date_add('month', -12, date_trunc('month', current_date)), '%Y-%m-%d')
GROUP BY 1, 2
ORDER BY 1, 2
