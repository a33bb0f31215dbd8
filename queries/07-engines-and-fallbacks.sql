-- Which engines scored the documents, in which version, and how often was it not the configured one?
-- `fallback` is the reason why VADER scored a document instead of the configured engine.
SELECT
    engine,
    engine_version,
    coalesce(fallback, 'none') AS fallback,
    count(*) AS documents,
    count_if(unscored IS NOT NULL) AS unscored,
    min(dt) AS first_day,
    max(dt) AS last_day
FROM documents
GROUP BY 1, 2, 3
ORDER BY documents DESC
