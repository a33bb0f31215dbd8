-- Which texts that were written in the last 7 days have the highest negative score?
SELECT
    created_at,
    source,
    author,
    negative,
    compound,
    text
FROM documents
WHERE created_at >= date_add('day', -7, current_date)
    AND dt >= date_format(date_add('day', -7, current_date), '%Y-%m-%d')
    AND sentiment = 'NEGATIVE'
ORDER BY negative DESC, compound, id
LIMIT 50
