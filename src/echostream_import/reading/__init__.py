"""A file, a folder, an archive or a stream as rows."""
