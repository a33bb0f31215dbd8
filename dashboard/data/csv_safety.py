"""Files of what strangers wrote, for people who open them in a spreadsheet."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


def harmless(text: str) -> str:
    """A text that no spreadsheet runs: one that looks like a formula gets an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA) else text
