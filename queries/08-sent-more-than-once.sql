-- Which documents were sent more than once? Raw documents as they arrived, with repeats.
SELECT
    coalesce(id, to_hex(md5(to_utf8(text)))) AS document,
    count(*) AS sent,
    min(dt) AS first_day,
    max(dt) AS last_day,
    arbitrary(text) AS text
FROM raw
WHERE text IS NOT NULL
GROUP BY 1
HAVING count(*) > 1
ORDER BY sent DESC, document
LIMIT 100
