"""Rows as documents: which column is what, dates, ratings, ids."""
