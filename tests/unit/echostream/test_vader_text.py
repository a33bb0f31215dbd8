"""VADER reads what people type, copy and export, not only plain ASCII with spaces."""

import html
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from echostream.adapters.vader_rules import CACHED_LENGTH, CACHED_TOKENS, VaderRules
from echostream.adapters.vader_text import VaderText
from echostream.domain.model import Sentiment, sentiment_of
from tests.vader_texts import ODD, PHRASES, STRONG, analyzer, pools, text_of

RULES = VaderRules(analyzer().lexicon, analyzer().constants)
TEXT = VaderText(RULES)
LIMIT = 65536
"""Characters of the longest text that the API accepts."""


def label(text):
    return sentiment_of(TEXT.polarity_scores(text)["compound"])


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("I don\u2019t like it", "I don't like it"),
        ("don\u2018t don\u00b4t don`t don\u02bct", "don't don't don't don't"),
        ("don&#39;t &amp;lt;3 a &amp;amp;amp;lt; b", "don't <3 a < b"),
        ("&quot;great&quot;", "great"),
        ("AT&T; &nothing; &#0; &", "AT T nothing \ufffd &"),
        ("<p>I <b>love</b><br/>this</p>", " I  love  this "),
        ("&lt;b&gt;love&lt;/b&gt;", " love "),
        ("<!-- bad --><a href='/bad'>x</a>", "  x "),
        ("I <3 it, a < b > c <fun> </3", "I <3 it, a < b > c fun </3"),
        ("**love** _love_ ~~love~~ `love` ***LOVE***", "love love love love LOVE"),
        ("[great](https://bad.com/hate)", "great https://bad.com/hate)"),
        ("great\u2014really love/like", "great really love like"),
        ("great.Really good,but love;hate", "great Really good but love hate"),
        ('"great" (great) \u201cgreat\u201d \u2018great\u2019', "great great great great"),
        ("great!!!! great?!", "great ! ! ! ! great ? !"),
        ("great...really great... great\u2026", "great really great... great\u2026"),
        ("don\u2019t\u2014love isn't/good", "don't love isn't good"),
        ("well-made non-toxic hassle-free x-ray", "well made non-toxic hassle-free x-ray"),
        ("great:) great:-D <3great 4:30 great<3", "great :) great :-D <3great 4:30 great <3"),
        ("#amazing #NotHappy #DONTBuy", "amazing Not Happy DONT Buy"),
        ("#x2 #BestDay2026 #bestday", "#x2 Best Day 2026 #bestday"),
        ("sooo goood looove XXXL", "so good love XXXL"),
        ("\uff34\uff25\uff32\uff32\uff29\uff22\uff2c\uff25\uff01\uff01", "TERRIBLE!!"),
        ("\U0001d5f9\U0001d5fc\U0001d603\U0001d5f2 \ufb01ne", "love fine"),
        ("gr\u200beat \u202egood\u202c lo\u00adve", "great good love"),
        ("I \U0001f60d it", "I  smiling face with heartshaped eyes  it"),
        ("\u2764\ufe0f \U0001f44d\U0001f3fd\U0001f44e", " love   good  bad "),
        ("https://x.com/love www.great.de", "https://x.com/love www.great.de"),
        ("great.com @love a.love@x.org", "great.com @love a.love@x.org"),
    ],
)  # fmt: skip
def test_texts_are_prepared(text, prepared):
    """Known words are free of what stands around them; links, names and addresses are kept."""
    assert TEXT.prepare(text) == prepared


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The screen isn\u2019t bright and I wouldn\u2019t recommend it", "NEGATIVE"),
        ("I don&#39;t like the colour", "NEGATIVE"),
        ("<div>We <strong>love</strong> the pool</div>", "POSITIVE"),
        ("so good\u2013truly", "POSITIVE"),
        ("**terrible** support", "NEGATIVE"),
        ("#awful #waste", "NEGATIVE"),
        ("\U0001f621\U0001f621", "NEGATIVE"),
        ("\uff27\uff32\uff25\uff21\uff34 food", "POSITIVE"),
        ("see https://example.com/good/great", "NEUTRAL"),
        ("@happy @love", "NEUTRAL"),
        ("x < y & y > z", "NEUTRAL"),
    ],
)
def test_labels_are_those_of_a_reader(text, expected):
    """One text of each kind."""
    assert label(text) is Sentiment(expected)


@st.composite
def plain_texts(draw):
    """ASCII words, each with one sign at its end at most."""
    words = [w for pool in (*pools()[:6], STRONG, PHRASES) for w in pool if w.isalpha()]
    signs = st.sampled_from(("", "", "", *".,!?;:"))
    tokens = st.tuples(st.sampled_from(words), signs).map("".join)
    return draw(st.sampled_from((" ", "\n", "  "))).join(draw(st.lists(tokens, max_size=12)))


@given(plain_texts())
def test_plain_texts_are_unchanged_and_have_the_scores_of_nltk(text):
    """All four scores, bit for bit."""
    assert TEXT.prepare(text) == text
    assert repr(TEXT.polarity_scores(text)) == repr(analyzer().polarity_scores(text))


MARKUP = (
    *("&amp;", "&lt;", "&#39;", "&#38;", "&am", "p;", "#38;", "&#97;mp;", "&#8203;", "&", ";"),
    *("<p>", "<p", "<b>", "</b", ">", "<", "<3", "<br/>", "<!--", "-->", "/", "@", "#", "\\"),
    *("**", "_", "~~", "`", "'", '"', "...", "\u2026", "!", "?", "-", "\u2014", ":", ")", "D", "3"),
    *("great", "n't", "no", "LOVE", "Good", "looove", "a", "x.com", "https://", " ", " ", "\u00a0"),
    *("\u2019", "\u200b", "\ufeff", "\uff06", "\uff1c", "\uff41", "\U0001f60d", "\u2764\ufe0f"),
)
marked_texts = st.lists(st.sampled_from((*MARKUP, *ODD, *STRONG)), max_size=16).map("".join)


@st.composite
def texts(draw):
    return text_of(lambda pool: draw(st.sampled_from(pool)))


@given(st.one_of(marked_texts, texts(), st.text(), st.text(string.printable)))
@example("&" + "#38;" * 30 + "lt;p&gt;good")
@example("<p" * 9 + "<b>" + ">" * 9)
@example("&&#97;mp;lt;3")
def test_prepared_texts_are_prepared_no_further(text):
    """Whatever the text is; the scores are those of VADER's rules for the prepared text."""
    prepared = TEXT.prepare(text)
    assert TEXT.prepare(prepared) == prepared
    assert repr(TEXT.polarity_scores(text)) == repr(RULES.polarity_scores(prepared))


@given(plain_texts())
def test_escaped_and_marked_texts_have_the_scores_of_plain_ones(text):
    """Entities, tags, full-width letters, typographic apostrophes, zero-width characters."""
    expected = TEXT.polarity_scores(text)["compound"]
    wide = text.translate({n: n + 0xFEE0 for n in range(33, 127)})
    changed = (
        html.escape(html.escape(text)),
        f"<p>{text}</p>".replace(" ", "<br>"),
        wide,
        text.replace("'", "\u2019"),
        "\u200b".join(text),
    )
    for other in changed:
        assert TEXT.polarity_scores(other)["compound"] == expected


@pytest.mark.parametrize(
    "part",
    [
        *("a.", "a-", "a'", "a..", "a..!!", "&amp;", "amp;", "<", "<a ", "<!--", "<p<b>", "#Aa"),
        *("@a", "a@", ":)", ":", ".", "!", "_a", "`a", "n't/", "aaab", "http://", "&#38;", "#38;"),
        *("\U0001f60d", "\u200b", "\uff21", "(", "x.com", "\u2019", "www.a.", "good/", "?!)"),
    ],
)
def test_longest_texts_are_prepared_in_linear_time(part):
    """Each repeats what a rule looks for, up to the limit: quadratic time would be minutes."""
    text = "&" + part * (LIMIT // len(part)) + "a"
    prepared = TEXT.prepare(text)
    assert TEXT.prepare(prepared) == prepared


def test_cache_of_tokens_is_bounded():
    """In number and in length of tokens."""
    engine = VaderText(RULES)
    engine.polarity_scores(" ".join(f"(good{n})" for n in range(2 * CACHED_TOKENS + 5)))
    engine.polarity_scores("(good)" + "x" * CACHED_LENGTH)
    assert 0 < len(engine._tokens) <= CACHED_TOKENS
    assert all(len(token) <= CACHED_LENGTH for token in engine._tokens)
