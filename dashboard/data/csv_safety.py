"""Exported texts that spreadsheets do not run as formulas."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a formula in spreadsheets (OWASP, CSV injection)."""


ENCODING = "utf-8-sig"
"""UTF-8 with a byte order mark, by which Excel knows it."""


def escape_formula(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would read it as a formula.

    A text that has such an apostrophe itself gets another one, so that an import restores both.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text
