"""Reads a user's own files as documents, and sends them through the API.

`rows` is what the modules share: a file gives rows, rows give documents, documents are sent.
"""
