"""The lake: SQL, compaction, crawls."""
