"""Removes secrets and personal data from texts that a user sends to somebody else."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from echostream.domain.redaction import redact

SECRET_WORDS = ("TOKEN", "SECRET", "PASSWORD", "API_KEY", "ACCESS_KEY")
"""A variable with one of these words in its name has a secret."""
SHORTEST = 6
"""Shorter values, such as the access key `test`, are no secrets, and part of many words."""
PATTERNS = (
    (re.compile(r"\bls-[A-Za-z0-9-]{20,}"), "[token]"),  # LocalStack's
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),  # JSON web tokens
    (re.compile(r"\b(?:AKIA|ASIA|LKIA|LSIA)[A-Z0-9]{12,}"), "[access key]"),
    (
        re.compile(r"(?i)((?:authorization|x-amz-security-token)\W{1,4})[^\s,;'\"][^\r\n'\"]*"),
        r"\1[secret]",
    ),
    (
        re.compile(
            r"(?i)(\w*(?:password|secret|token)\w*\W{0,2}[=:]\W{0,2})(?!null|true|false|set\b)[^\s,;'\"}\]]+"
        ),
        r"\1[secret]",
    ),
    (re.compile(r"(?<!\d)\d{12}(?!\d)"), "[account]"),
)


class Redactor:
    """Replaces known secrets, and whatever looks like a token, a key or an account id."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= SHORTEST}
        # The longest first: one secret can be part of another.
        self._secrets = sorted(known, key=len, reverse=True)

    def remove_secrets(self, text: str) -> str:
        """For data: everything else stays as it is."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return text.replace(str(Path.home()), "~") if len(str(Path.home())) > 1 else text

    def remove_all(self, text: str) -> str:
        """For logs, in which people's texts can be: addresses and numbers are replaced too."""
        return "\n".join(redact(line) for line in self.remove_secrets(text).split("\n"))


def find_secrets(variables: Mapping[str, str] = os.environ) -> list[str]:
    """The values of variables with a secret."""
    return [
        value
        for name, value in variables.items()
        if any(word in name.upper() for word in SECRET_WORDS)
    ]
