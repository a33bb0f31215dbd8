-- Which engines scored the documents, in which version, and how often did one stand in for another?
-- `fallback` says why a document was scored by the free engine although another was asked for.
SELECT
    engine,
    engine_version,
    coalesce(fallback, 'none') AS fallback,
    count(*) AS documents,
    min(dt) AS first_day,
    max(dt) AS last_day
FROM documents
GROUP BY 1, 2, 3
ORDER BY documents DESC
