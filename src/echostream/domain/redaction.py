"""Redaction of e-mail addresses, phone numbers and payment card numbers in a text.

Each is replaced by `[email]`, `[phone]` or `[card]`. The rules are regular expressions and checks
of digits; docs/privacy.md states which forms they find, and how many of a labelled set. Disguised
forms ("ann at example dot org") are not looked for.

All expressions have bounded repeats, so that the time is linear in the length of the text. Redacted
text does not change when it is redacted again: what comes before a number is judged as it is after
redaction, and nothing that comes after it is.
"""

import re
from typing import Literal, get_args

Kind = Literal["email", "phone", "card"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_WORD = r"[\w+'-]"
_EMAIL = re.compile(
    rf"""
    (?<!\w)(?=[\w.+'-]{{1,64}}+(?:[@\uff20]|%40))   # at most 64 characters, then an at sign
    \w{_WORD}*+(?:\.{_WORD}++)*+(?:[@\uff20]|%40)
    (?:\w(?:[\w-]{{0,62}}\w)?\.){{1,8}}
    (?:xn--[a-z0-9-]{{2,59}}|[^\W\d_]{{2,24}})(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SPACE = r"[ \u00a0\u2009\u202f]"
_DASH = r"[-\u2010\u2011\u2013.]"
_GAP = rf"(?:{_SPACE}|{_DASH}|[/()]){{0,3}}"
_NUMBER = re.compile(rf"(?<!\w)[+(]?\d(?:{_GAP}\d){{6}}")
"""Where a number of seven digits or more begins."""
_CARD = re.compile(r"(?:\d{13,19}|\d{3,8}(?:[ \u00a0-]\d{3,8}){1,4})(?!\w)")
_FOREIGN = re.compile(rf"(?:\+|00){_SPACE}?[1-9](?:{_GAP}\d){{6,14}}(?!\w)")
_NATIONAL = re.compile(
    rf"""
    0[1-9](?:{_GAP}\d){{7,9}}(?!\w)
    |(?:1[ .-]\(?)?[2-9]\d\d(?:\)?[ ./-]|\))[2-9]\d\d[ .-]\d{{4}}(?!\w)   # North America
    """,
    re.VERBOSE,
)
_ANY = re.compile(rf"\d(?:{_GAP}\d){{6,13}}(?!\w)")
_DIGITS = re.compile(r"\d+")

_CONTEXT = 48
"""Characters before a number that are looked at."""
_FOLLOWS_A_NUMBER = re.compile(rf"\d(?:{_SPACE}|[-./:()]){{1,3}}$")
_CALLS = re.compile(
    r"(?:\b(?:tel|phone|telephone|telefon|tél|téléphone|teléfono|mobile|cell|handy|fax|call(?:ed)?"
    r"|ring|dial|whatsapp|sms|text(?:ed)? me|reach (?:me|us|him|her|them)|hotline"
    r"|(?:my|your|his|her|our|new) number)\b[^\d\[\]\n]{0,16}"
    r"|\[phone\](?:, ?| ?/ ?| (?:or|and|und|oder|ou|et|o|y) ))$",
    re.IGNORECASE,
)
_NAMES_ANOTHER = re.compile(
    r"(?:\b(?:isbn|issn|ean|order|invoice|reference|ref|ticket|case|tracking|serial|account|sku"
    r"|iban|version)\b\W{0,3}(?:(?:no|nr|number|id|code|1[03])\b\W{0,3})*+"
    r"|[#№=_]|\b[A-Z]{2}\d\d(?: [A-Z0-9]{4})*+ )$",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./](?:\d{4}|\d\d))(?![-./]?\d)")
_ISSUERS = re.compile(
    r"(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}"
    r"|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17})"
)
"""First digits and lengths of the numbers of Visa, Mastercard, American Express, Diners Club,
Discover, JCB and UnionPay (ISO/IEC 7812)."""
_LONGEST = {"1": 11, "7": 11, "33": 11, "34": 11, "44": 12, "353": 12, "61": 11, "91": 12, "55": 13}
"""Digits of the longest numbers with some country codes: what follows is another number."""


_LOOKS_LIKE_ONE = re.compile(r"[@\uff20%]|\d(?:\D{0,3}\d){6}")
"""Whether there is anything to look at: most texts have no address and no seven digits."""


def redact(text: str) -> str:
    """The text with `[email]`, `[phone]` and `[card]` in place of what was found."""
    if not _LOOKS_LIKE_ONE.search(text):
        return text
    return _redact_numbers(_EMAIL.sub("[email]", text))


def has_email(text: str) -> bool:
    """Whether a text has an e-mail address."""
    return _EMAIL.search(text) is not None


def _redact_numbers(text: str) -> str:
    parts: list[str] = []
    before, position, start = "", 0, 0
    while match := _NUMBER.search(text, start):
        first = match.start() + (match[0][0] in "+(")
        near = text[max(position, match.start() - _CONTEXT) : match.start()]
        found = _judge(text, first, (before + near)[-_CONTEXT:])
        if not found:
            start = first + len(_DIGITS.match(text, first)[0])  # type: ignore[index]  # it matches
            continue
        kind, end = found
        is_inside = match[0][0] == "+" or ")" in text[first:end]
        begin = match.start() if is_inside else first
        parts += [text[position:begin], f"[{kind}]"]
        before = (before + parts[-2] + parts[-1])[-_CONTEXT:]
        position = start = end
    return "".join([*parts, text[position:]])


def _judge(text: str, first: int, before: str) -> tuple[Kind, int] | None:
    """What the number is whose first digit is here, and its end; None if it stays."""
    has_plus = text[first - 1 : first] == "+"
    if has_plus:
        end = _foreign_end(text, first - 1)
        return ("phone", end) if end else None
    if end := _card_end(text, first):
        return "card", end
    if _FOLLOWS_A_NUMBER.search(before[-4:]) or _DATE.match(text, first):
        return None
    end = _foreign_end(text, first) or _end(_NATIONAL.match(text, first))
    if end and not _NAMES_ANOTHER.search(before):
        return "phone", end
    end = _end(_ANY.match(text, first))
    return ("phone", end) if end and _CALLS.search(before) else None


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _card_end(text: str, first: int) -> int:
    """The end of the longest card number that begins here; 0 if none does."""
    match = _CARD.match(text, first)
    groups = list(_DIGITS.finditer(match[0])) if match else []
    digits = "".join(group[0] for group in groups)
    length = len(digits)
    for group in reversed(groups):
        if _ISSUERS.fullmatch(digits, 0, length) and _is_luhn(digits[:length]):
            return first + group.end()
        length -= len(group[0])
    return 0


def _is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _foreign_end(text: str, start: int) -> int:
    """The end of the number with a country code that begins here; 0 if none does."""
    match = _FOREIGN.match(text, start)
    if not match:
        return 0
    digits = [d.end() for d in re.finditer(r"\d", match[0])][2 * (match[0][0] == "0") :]
    code = match[0].lstrip("+0 \u00a0\u2009\u202f")
    longest = next((n for c, n in _LONGEST.items() if code.startswith(c)), 15) + ("(0)" in code)
    ends = [group.end() for group in _DIGITS.finditer(match[0])]
    last = digits[min(longest, len(digits)) - 1]
    return start + max((end for end in ends if end <= last), default=0)
