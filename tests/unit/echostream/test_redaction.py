"""Redaction of any text: the same when repeated, nothing else changed, in linear time."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.domain import redaction
from echostream.domain.redaction import redact

SIZE = 64 * 1024
PIECES = (
    *("call ", "order ", "+", "44", "20", "7946", " 0123", "-", ".", "(", ")", "0", "00", "x", "_"),
    *("1 212 555 0123", "4111 1111 1111 1111", "378282246310005", "@", "a", "example.org", "%40"),
    *(
        "ann@example.org",
        " ",
        "[phone] or ",
        "[phone]",
        "[",
        "]",
        "/",
        "2026-11-26",
        "\n",
        "é",
        "٣",
    ),
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
HOSTILE = {
    "digits": "1",
    "signs": "@",
    "labels": "a.",
    "addresses": "a@",
    "long addresses": "a@a.a.a.a.a.a.a.",
    "escaped": "a%40",
    "single digits": "1 ",
    "groups": "1234 ",
    "issuers": "4111 ",
    "cards": "4111111111111111 ",
    "phones": "0123456789 ",
    "plus": "+1",
    "brackets": "(0",
    "slashes": "1/",
    "calls": "call 12",
    "gaps": "call " + "-" * 11,
    "orders": "order no no no no 1234567 ",
    "accounts": "AB12 AB12 ",
}


@given(texts)
def test_redacted_text_is_not_redacted_further(text):
    """Also when the text has marks of a redaction, or parts of numbers around them."""
    redacted = redact(text)
    assert redact(redacted) == redacted


@given(texts)
def test_other_text_is_unchanged(text):
    """What is left occurs in the text, in its order; only the marks are new."""
    position = 0
    for part in re.split(r"\[(?:email|phone|card)\]", redact(text)):
        position = text.index(part, position) + len(part)


@given(st.text(alphabet=st.characters(categories=["L", "P", "Zs"], exclude_characters="@%\uff20")))
def test_text_without_digits_and_at_signs_is_unchanged(text):
    """Whatever its letters and punctuation are."""
    assert redact(text) == text


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_is_linear_in_the_length(piece):
    """Four times the text takes about four times as long; the longest text less than 2 s."""

    def seconds(size):
        text = piece * (size // len(piece))
        times = []
        for _ in range(3):
            start = time.process_time()
            redact(text)
            times.append(time.process_time() - start)
        return min(times)

    quarter, whole = seconds(SIZE // 4), seconds(SIZE)
    assert whole < 2
    assert whole < 8 * quarter + 0.01


def test_surroundings_decide_about_a_number():
    """A number after a word that names another kind stays, one after `call` is redacted."""
    assert redact("order 020 7946 0123") == "order 020 7946 0123"
    assert redact("call 5550123") == "call [phone]"
    assert redact("item 5550123") == "item 5550123"


def test_words_far_before_a_number_do_not_decide():
    """`order` counts up to 48 characters before a number, wherever it is in the text."""
    for start in ("", "x " * 100, "call 5550123 " * 20):
        near, far = ("order " + "no " * repeats + "020 7946 0123" for repeats in (14, 15))
        assert redact(start + near).endswith("no 020 7946 0123")
        assert redact(start + far).endswith("no [phone]")


class CountedText(str):
    """A text that counts the characters of its slices."""

    counted = 0

    def __getitem__(self, key):
        part = super().__getitem__(key)
        self.counted += len(part)
        return part


def test_text_before_a_number_is_not_copied_for_each_number():
    """Where none is replaced, 48 characters and a sign of each, and the whole text at the end."""
    number = 200
    text = CountedText("item 5550123 " * number)
    assert redaction._redact_numbers(text) == text
    assert text.counted <= number * (48 + 1) + len(text)


def test_card_needs_its_check_digit():
    """A number that differs in one digit is no card."""
    assert redact("4111111111111111") == "[card]"
    assert redact("4111111111111112") == "4111111111111112"
