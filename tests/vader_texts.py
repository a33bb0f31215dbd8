"""Texts in which VADER's rules meet: for the comparison of our rules with NLTK's."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from nltk.sentiment.vader import SentimentIntensityAnalyzer

Choose = Callable[[Sequence[Any]], Any]
"""Takes one of a sequence: `random.Random(seed).choice`, or a draw of Hypothesis."""

analyzer = cache(SentimentIntensityAnalyzer)
NEUTRAL = ("table", "the", "it", "is", "was", "at", "to", "of", "a", "I", "7", "2026", "tABLE")
STRONG = ("good", "bad", "great", "horrible", "love", "hate", "kind", "no", "shit", "ass", "best")
PHRASES = (
    *("never so", "never this", "Never so", "so", "this", "never", "so good", "this bad"),
    *("least", "at least", "very least", "the least good", "At least", "LEAST"),
    *("but", "BUT", "But", "but but", "kind of", "Kind OF", "sort of", "just enough"),
    *("no", "not", "n't", "N'T", "xn't", "shouldn't've", "without doubt", "uh-uh"),
)
ODD = (
    *("\U0001f60d", "\U0001f468\u200d\U0001f469", "\u2764\ufe0f", "na\u00efve", "\u0130", "\u00df"),
    *(
        "\u212aind",
        "\u017fo",
        "\ufb01ne",
        "GRO\u1e9e",
        "\u4f60\u597d",
        "\u0000",
        "\ud800",
        "e\u0301",
    ),
    *(":)", ":-D", "<3", "O_o", "!!", "...", "'", "good-bad", "good.bad", "http://x.y/?z"),
    *("x" * 33, "good" * 9, "can't stand", "fed up", "#good", "\u2026good", "good\u2019t"),
)
CASES = (str, str, str, str.lower, str.upper, str.upper, str.title, str.swapcase)
SPACES = (" ", " ", " ", " ", "  ", "\n", "\t", "\u00a0", "\u2003", "\x1f", "\u0085")
MARKS = ("", "", "", "!", "!!!", "!!!!!", "?", "??", "???", "????", " !", " ? ?", "!?")


@cache
def pools() -> tuple[Sequence[str], ...]:
    """Words by what the rules make of them; `STRONG` and `PHRASES` are met more often."""
    constants = analyzer().constants
    idioms = tuple(constants.SPECIAL_CASE_IDIOMS)
    idiom_words = tuple(sorted({word for idiom in idioms for word in idiom.split()}))
    negations = tuple(sorted(constants.NEGATE))
    lexicon, boosters = tuple(analyzer().lexicon), tuple(constants.BOOSTER_DICT)
    named = (lexicon, boosters, boosters, negations, idioms, idiom_words)
    return (*named, NEUTRAL, STRONG, STRONG, STRONG, PHRASES, PHRASES, ODD)


@cache
def signs() -> Sequence[str]:
    """Punctuation around a word; mostly none."""
    return ("",) * 40 + (*analyzer().constants.PUNC_LIST, "(", "*", "!!!!", "?!", "\u2026")


def text_of(choose: Choose) -> str:
    """A text of up to 12 words or phrases."""
    tokens = (_token(choose) + choose(SPACES) for _ in range(choose(range(13))))
    return "".join(tokens) + str(choose(MARKS))


def _token(choose: Choose) -> str:
    word = choose(CASES)(choose(choose(pools())))
    return str(choose(signs()) + word + choose(signs()))
