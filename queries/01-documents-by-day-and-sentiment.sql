-- How many documents came in on each day (UTC), by sentiment?
SELECT
    dt AS day,
    count(*) AS documents,
    count_if(sentiment = 'POSITIVE') AS positive,
    count_if(sentiment = 'NEGATIVE') AS negative,
    count_if(sentiment = 'NEUTRAL' AND unscored IS NULL) AS neutral,
    count_if(sentiment = 'MIXED') AS mixed,
    count_if(unscored IS NOT NULL) AS unscored
FROM documents
GROUP BY dt
ORDER BY dt
