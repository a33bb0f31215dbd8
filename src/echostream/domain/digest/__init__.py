"""Digests: a few sentences about a period, each with the documents that it is about."""
