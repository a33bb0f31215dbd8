"""Exported texts that spreadsheets do not run as formulas."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a formula in spreadsheets (OWASP, CSV injection)."""


def escape_formula(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would read it as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
