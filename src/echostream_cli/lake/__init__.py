"""Commands on the lake: SQL, compaction, crawls."""
