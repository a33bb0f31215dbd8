"""Reads a user's own files as documents, and sends them through the API.

`reading` gives the rows of a file, `documents` makes documents of rows, `sending` sends them. They
share what is in `rows`.
"""
