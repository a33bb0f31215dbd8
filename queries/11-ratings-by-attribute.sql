-- How do the values of an attribute differ? Per name and value: documents, means of rating and compound score.
-- Unscored documents have no compound score.
SELECT
    name,
    pairs[name] AS value,
    count(*) AS documents,
    round(avg(rating), 2) AS mean_rating,
    round(avg(IF(unscored IS NULL, compound)), 3) AS mean_compound
FROM (
    SELECT rating, compound, unscored, CAST(json_parse(attributes) AS map(varchar, varchar)) AS pairs
    FROM documents
    WHERE attributes IS NOT NULL
) AS with_pairs
CROSS JOIN UNNEST(map_keys(pairs)) AS one(name)
GROUP BY 1, 2
ORDER BY documents DESC, 1, 2
LIMIT 100
