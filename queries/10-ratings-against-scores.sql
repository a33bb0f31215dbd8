-- Where do ratings disagree with the texts? Per source: documents with a rating and a score, the share that
-- disagrees (at least 4 stars and negative, or at most 2 and positive), means of rating and compound score.
SELECT
    source,
    count(*) AS rated,
    round(100.0 * count_if(
        (rating >= 4 AND sentiment = 'NEGATIVE') OR (rating <= 2 AND sentiment = 'POSITIVE')
    ) / count(*), 1) AS percent_disagree,
    round(avg(rating), 2) AS mean_rating,
    round(avg(compound), 3) AS mean_compound
FROM documents
WHERE rating IS NOT NULL AND unscored IS NULL
GROUP BY source
ORDER BY rated DESC, source
