-- Which 20 authors have the most documents, and what is their mean compound score (-1 to 1)?
SELECT
    author,
    count(*) AS documents,
    round(avg(CASE WHEN unscored IS NULL THEN compound END), 3) AS mean_compound,
    count_if(sentiment = 'NEGATIVE') AS negative
FROM documents
WHERE author IS NOT NULL
GROUP BY author
ORDER BY documents DESC, author
LIMIT 20
