-- Which words of at least four letters are in the largest number of negative texts?
SELECT
    word,
    count(DISTINCT id) AS texts
FROM documents
CROSS JOIN UNNEST(regexp_extract_all(lower(text), '[a-z]{4,}')) AS found(word)
WHERE sentiment = 'NEGATIVE'
GROUP BY word
ORDER BY texts DESC, word
LIMIT 50
