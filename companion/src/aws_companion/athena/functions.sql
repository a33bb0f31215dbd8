-- Functions of Trino that DuckDB lacks and that sqlglot leaves as they are.
CREATE MACRO to_iso8601(x) AS
    CASE typeof(x)
        WHEN 'DATE' THEN strftime(x::DATE, '%Y-%m-%d')
        WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(x::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ')
        ELSE strftime(x::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%g')
    END;
CREATE MACRO from_iso8601_date(x) AS x::DATE;
CREATE MACRO at_timezone(x, zone) AS timezone(zone, x::TIMESTAMPTZ);
CREATE MACRO map_agg(k, v) AS map_from_entries(list((k, v)));
CREATE MACRO url_extract_protocol(x) AS nullif(regexp_extract(x, '^([^:/?#]+):', 1), '');
CREATE MACRO url_extract_host(x) AS nullif(regexp_extract(x, '^[^:/?#]+://(?:[^/?#@]*@)?([^:/?#]+)', 1), '');
CREATE MACRO url_extract_path(x) AS regexp_extract(x, '^[^:/?#]+://[^/?#]*([^?#]*)', 1);
CREATE MACRO url_extract_query(x) AS nullif(regexp_extract(x, '\?([^#]*)', 1), '');
CREATE MACRO codepoint(x) AS unicode(x);
CREATE MACRO zip(a, b) AS list_zip(a, b);
CREATE MACRO width_bucket(x, low, high, n) AS
    CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1
         ELSE floor((x - low) / (high - low) * n)::BIGINT + 1 END;
CREATE MACRO nan() AS 'NaN'::DOUBLE;
CREATE MACRO infinity() AS 'Infinity'::DOUBLE;
CREATE MACRO e() AS exp(1.0::DOUBLE);
CREATE MACRO from_base(x, base) AS
    CASE base WHEN 16 THEN ('0x' || x)::BIGINT WHEN 2 THEN ('0b' || x)::BIGINT ELSE x::BIGINT END;
CREATE MACRO hamming_distance(a, b) AS hamming(a, b);
CREATE MACRO normalize(x) AS nfc_normalize(x);
CREATE MACRO json_array_get(x, n) AS json_extract(x, n);
CREATE MACRO json_size(x, path) AS
    CASE json_type(x, path)
        WHEN 'ARRAY' THEN json_array_length(x, path) WHEN 'OBJECT' THEN len(json_keys(x, path)) ELSE 0
    END::BIGINT;
CREATE MACRO json_array_contains(x, v) AS list_contains(x::JSON[]::VARCHAR[], v::VARCHAR);
CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b);
CREATE MACRO regexp_count(x, p) AS len(regexp_extract_all(x, p));
CREATE MACRO split_to_map(x, entry, pair) AS
    map_from_entries([(split_part(one, pair, 1), split_part(one, pair, 2)) FOR one IN string_split(x, entry)]);
CREATE MACRO geometric_mean(x) AS geomean(x);
CREATE MACRO year_of_week(x) AS isoyear(x);
CREATE MACRO yow(x) AS isoyear(x);
