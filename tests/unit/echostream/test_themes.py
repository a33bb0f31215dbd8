"""Terms, themes and what they cite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.domain.model import Sentiment
from echostream.domain.themes.corpus import MAX_EXCERPT, in_singulars, mention, weights
from echostream.domain.themes.report import EXAMPLES, report
from echostream.domain.themes.terms import MAX_CHARACTERS, terms
from tests.builders import scored
from tests.unit.echostream.theme_texts import TOPICS, about, documents, texts


def mentions(stored):
    return [mention(one) for one in stored]


def report_of(stored, before=(), usual=(), limit=12):
    return report(mentions(stored), mentions(before), mentions(usual), limit)


def topic_of(theme):
    """The topic whose words a theme's terms are."""
    words = {word for term in theme.terms for word in term.split(" ")}
    return next(topic for topic, own in TOPICS.items() if words <= set(own))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The battery life of my phone", ["battery", "life", "battery life", "phone"]),
        ("It's the shop\u2019s refund!", ["shop", "refund", "shop refund"]),
        ("Battery. Screen", ["battery", "screen"]),
        ("see https://example.com/battery www.example.com @battery", []),
        ("#battery &amp; caf\u00e9", ["battery", "caf\u00e9"]),
        (
            "bat\u200btery \uff53\uff43\uff52\uff45\uff45\uff4e",
            ["battery", "screen", "battery screen"],
        ),
        (
            "\u0431\u0430\u0442\u0430\u0440\u0435\u044f 2026 \U0001f600",
            ["\u0431\u0430\u0442\u0430\u0440\u0435\u044f"],
        ),
        ("wi-fi", ["wi", "fi", "wi fi"]),
        ("", []),
        ("x" * 31, []),
    ],
)
def test_terms_are_words_and_pairs_side_by_side(text, found):
    """No address, user, number, function word, invisible character or word without an end."""
    assert terms(text) == found


def test_terms_of_a_long_text_are_those_of_its_begin():
    """A text of 64 KiB costs no more time than one of a few pages."""
    assert terms("battery " * MAX_CHARACTERS) == terms(
        ("battery " * MAX_CHARACTERS)[:MAX_CHARACTERS]
    )


@given(st.text())
def test_every_text_has_terms(text):
    """Whatever a text contains, terms are lower case and not too long."""
    for term in terms(text):
        assert term == term.lower()
        assert 2 <= len(term) <= 61


def test_plurals_are_counted_with_their_singular():
    """Unless the singular is rare: the lens is no plural of `len`."""
    stored = documents(["cameras", "camera", "batteries", "battery", *["lens"] * 6, "len", "news"])
    found = [one.terms[0] for one in in_singulars([mentions(stored)])[0]]
    assert found == ["camera", "camera", "battery", "battery", *["lens"] * 6, "len", "news"]


def test_each_topic_is_a_theme():
    """With its words as terms, its documents and its share; the others have no theme."""
    stored = about("battery", 30) + about("courier", 20) + about("invoice", 10)
    found = report_of(stored + documents(["only here"] * 40))
    assert [topic_of(theme) for theme in found.themes] == ["battery", "courier", "invoice"]
    assert [theme.count.total for theme in found.themes] == [30, 20, 10]
    assert [theme.share for theme in found.themes] == [0.3, 0.2, 0.1]
    assert found.count.total == 100
    assert found.rest.total == 40


def test_themes_do_not_depend_on_the_order_of_documents():
    """The same documents have the same themes."""
    stored = about("battery", 30) + about("courier", 20) + about("invoice", 10)
    found, reverse = report_of(stored), report_of(stored[::-1])
    assert [theme.terms for theme in found.themes] == [theme.terms for theme in reverse.themes]
    assert [theme.count for theme in found.themes] == [theme.count for theme in reverse.themes]


def test_opinions_are_no_themes():
    """What people say of everything is no topic."""
    found = report_of(documents(["awesome day"] * 30) + about("battery", 10))
    assert [topic_of(theme) for theme in found.themes] == ["battery"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 1.0])
def test_subject_of_most_documents_is_the_largest_theme(share):
    """An outage that most people write about must not vanish as a common word."""
    other = ("coffee", "train", "garden", "football", "holiday", "school", "music", "weather")
    stored = documents(
        f"{'checkout down' if n < share * 200 else 'nothing new'} {other[n % 8]}"
        for n in range(200)
    )
    found = report_of(stored).themes
    assert any("checkout" in term for theme in found[:8] for term in theme.terms)
    if share > 0.5:
        about_it = [theme for theme in found if "checkout" in " ".join(theme.terms)]
        assert sum(theme.count.total for theme in about_it) >= 0.9 * share * 200


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_documents_have_no_theme(number):
    """A theme has three documents at least; there is no error without any."""
    found = report_of(about("battery", number), before=about("courier", number))
    assert found.themes == []
    assert found.rest.total == found.count.total == number
    assert found.drivers == found.emerging == []


def test_limit_is_the_number_of_themes():
    """The largest topics are left."""
    found = report_of(about("battery", 30) + about("courier", 20), limit=1)
    assert [topic_of(theme) for theme in found.themes] == ["battery"]


def test_one_author_who_repeats_a_text_is_no_theme_of_many():
    """10,000 equal texts weigh as much as 13 documents; the theme says that it has one author."""
    spam = documents(["cheap watches replica store"] * 10_000, author="bot")
    found = report_of(about("battery", 20) + spam)
    assert sum(weights(mentions(spam))) == pytest.approx(13.3, abs=0.1)
    assert topic_of(found.themes[0]) == "battery"
    bot = next(theme for theme in found.themes if "replica" in " ".join(theme.terms))
    assert (bot.count.total, bot.authors) == (10_000, 1)
    assert len(bot.examples) == 1


def test_theme_has_the_counts_of_its_documents():
    """By sentiment, with the mean; together with the rest they are those of all documents."""
    good, bad = about("battery", 10, compound=0.5), about("battery", 5, compound=-0.4)
    found = report_of(good + bad + about("courier", 30, compound=0.1))
    battery = next(theme for theme in found.themes if topic_of(theme) == "battery")
    assert (battery.count.positive, battery.count.negative) == (10, 5)
    assert battery.count.compound_sum == pytest.approx(3.0)
    total = sum((theme.count.compound_sum for theme in found.themes), found.rest.compound_sum)
    assert total == pytest.approx(found.count.compound_sum)


def test_effects_add_up_to_the_change_of_the_mean():
    """The theme whose sentiment fell explains the fall."""
    before = about("battery", 20, compound=0.7) + about("courier", 20, compound=0.3)
    now = about("battery", 20, compound=-0.5) + about("courier", 20, compound=0.5)
    found = report_of(now, before)
    effects = {topic_of(theme): theme.effect for theme in found.themes}
    assert effects == {"battery": pytest.approx(-0.6), "courier": pytest.approx(0.1)}
    change = found.count.compound_sum / 40 - found.before.compound_sum / 40
    assert sum(effects.values()) == pytest.approx(change)


def test_share_before_is_that_of_the_same_theme():
    """The documents before are assigned to the themes of now."""
    now = about("battery", 20) + about("courier", 20)
    found = report_of(now, about("battery", 10) + about("invoice", 30))
    shares = {topic_of(theme): theme.share_before for theme in found.themes}
    assert shares == {"battery": 0.25, "courier": 0.0}


def test_nothing_is_compared_without_documents_before():
    """There is no change then, instead of one from 0."""
    theme = report_of(about("battery", 20)).themes[0]
    assert theme.share_before is None
    assert theme.effect is None


def test_examples_are_documents_of_the_theme_by_different_authors():
    """They can be found by id, and their text is cut."""
    long = f"{texts('battery', 1)[0]} {'x' * 1000}"
    stored = about("battery", 20) + documents([long], author="long")
    theme = report_of(stored).themes[0]
    by_id = {one.document.id: one for one in stored}
    assert len(theme.examples) == EXAMPLES
    assert len({by_id[one.id].document.author for one in theme.examples}) == EXAMPLES
    assert all(len(one.excerpt) <= MAX_EXCERPT for one in theme.examples)
    assert mention(scored("a", text=long)).excerpt == f"{long[: MAX_EXCERPT - 1]}\u2026"
    assert mention(scored("a", text="short", compound=-1.0)).sentiment is Sentiment.NEGATIVE


def test_term_of_every_document_drives_nothing():
    """Such as the name of a product that all documents are about; others drive the change."""
    before = documents(["shop and great"] * 100)
    found = report_of(documents(["shop and terrible"] * 25), before, before)
    assert [one.term for one in found.drivers if one.z > 0] == ["terrible"]
    assert {one.term for one in found.drivers if one.z < 0} == {"great"}
    assert [one.term for one in found.emerging] == ["terrible"]
