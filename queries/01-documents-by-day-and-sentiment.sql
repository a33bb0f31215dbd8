-- How many documents were written on each day (UTC), by sentiment? Imports count on the days on which
-- people wrote.
SELECT
    date_format(created_at, '%Y-%m-%d') AS day,
    count(*) AS documents,
    count_if(sentiment = 'POSITIVE') AS positive,
    count_if(sentiment = 'NEGATIVE') AS negative,
    count_if(sentiment = 'NEUTRAL' AND unscored IS NULL) AS neutral,
    count_if(sentiment = 'MIXED') AS mixed,
    count_if(unscored IS NOT NULL) AS unscored
FROM documents
GROUP BY 1
ORDER BY 1
