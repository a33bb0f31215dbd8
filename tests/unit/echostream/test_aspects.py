"""Aspects: what documents praise and criticise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.vader import Vader
from echostream.domain.model import Document
from echostream.domain.themes.aspects import EXAMPLES, MIN_DOCUMENTS, SHORT, aspects
from echostream.domain.themes.opinions import MAX_OPINIONS, opinions
from echostream.domain.themes.phrases import MAX_WORDS, noun_phrases
from echostream.domain.themes.terms import MAX_CHARACTERS
from tests.builders import NOW, scored
from tests.unit.echostream.theme_texts import documents

LIMIT = 65_536
"""Characters of the longest text that the API accepts."""
VADER = Vader()
HOSTILE = (
    *("a" * LIMIT, "great phone " * LIMIT, "the " * LIMIT, "i really " * LIMIT, "\u200b" * LIMIT),
    *("in the " * LIMIT, "." * LIMIT, "\n" * LIMIT, "a-" * LIMIT, "1.2," * LIMIT, "\ufdfa" * LIMIT),
    *("\ud800", "\x00", "'s", "battery's", "I\u0307 \u0130's", "\U0001f600 phone", "&#x27;", "-"),
)


def score(text):
    """VADER's compound."""
    [enrichment] = VADER.enrich([Document("a", text, "x", NOW)], NOW)
    return enrichment.compound


def phrases(clause):
    return [" ".join(one.words) for one in noun_phrases(clause)]


def judged(text):
    """Each phrase of a text, and `+`, `-` or nothing for its sentiment."""
    signs = {True: "+", False: "-"}
    return [
        (signs[one.compound > 0] if one.compound else "") + " ".join(one.phrase)
        for one in opinions(text, score)
    ]


def found(texts, limit=10, **fields):
    return aspects(documents(texts, **fields), score, limit)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("the battery life of my small phone", ["battery life", "phone"]),
        ("it has a 3x optical zoom", ["optical zoom"]),
        ("the Canon G3 and the Nokia 6610", ["canon g3", "nokia 6610"]),
        ("Nokia\u2019s build quality", ["build quality"]),
        ("they play music with the play button", ["music", "play button"]),
        ("to contact support we called", ["support"]),
        ("configure the software", ["software"]),
        ("the supplied carrying case", ["carrying case"]),
        ("the screen is readable and really bright", ["screen"]),
        ("i carry it in my pocket out of the box", []),
        ("no problems", []),
        ("see https://example.com/phone @phone &quot;", []),
        ("#battery usb 2.0 plug-in", ["battery usb 2.0 plug-in"]),
        (
            "\u0431\u0430\u0442\u0430\u0440\u0435\u044f",
            ["\u0431\u0430\u0442\u0430\u0440\u0435\u044f"],
        ),
        ("a b c", []),
        ("", []),
    ],
)
def test_noun_phrases_are_names_of_things(clause, expected):
    """Without determiners, verbs, adjectives that judge, places, and nouns that say nothing."""
    assert phrases(clause) == expected


def test_a_phrase_has_its_place_in_the_clause():
    """So that the clause can be scored without it."""
    clause = "A good Canon G3!"
    [one] = noun_phrases(clause)
    assert clause[one.begin : one.end] == "Canon G3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Great screen but terrible battery", ["+screen", "-battery"]),
        ("The screen is great, the battery is awful", ["+screen", "-battery"]),
        ("The clerk was rude because the printer failed.", ["-clerk", "-printer"]),
        ("The software is not good", ["-software"]),
        ("I love the screen and the buttons", ["+screen", "+buttons"]),
        ("The screen is great. The battery has six cells.", ["+screen", "battery", "cells"]),
        ("customer support answers on Monday", ["customer support"]),
        ("sound quality: excellent", ["+sound quality"]),
    ],
)
def test_a_phrase_has_the_sentiment_of_its_clause(text, expected):
    """Or of its sentence; not that of a contrast, of another sentence, or of its own words."""
    assert judged(text) == expected


def test_an_opinion_has_its_sentence():
    """The whole sentence, without the others."""
    text = "Hello. Great screen, but a terrible battery! I left."
    assert {one.sentence for one in opinions(text, score)} == {
        "Great screen, but a terrible battery!"
    }


def test_documents_are_counted_for_each_side():
    """By the mean of what each says; those without sentiment count as documents only."""
    [one] = found(
        ["great battery", "great battery!", "terrible battery", "the battery has six cells"]
    )
    assert (one.phrase, one.documents, one.praised, one.criticised) == ("battery", 4, 2, 1)
    assert one.authors == 4
    assert one.mean == pytest.approx((2 * 0.6249 - 0.4767) / 4, abs=0.01)
    assert [example.sentence for example in one.praise] == ["great battery!", "great battery"]
    assert [example.sentence for example in one.criticism] == ["terrible battery"]


def test_a_document_judges_by_the_mean_of_its_clauses():
    """One that praises twice and criticises once praises."""
    texts = ["Great battery. Great battery! Bad battery."] * MIN_DOCUMENTS
    [one] = found(texts)
    assert (one.praised, one.criticised) == (MIN_DOCUMENTS, 0)
    assert {example.sentence for example in one.praise} == {"Great battery!"}


def test_rare_phrases_are_left_out():
    """One with fewer than three documents, and one that nobody judges, is no aspect."""
    assert not found(["great battery"] * (MIN_DOCUMENTS - 1))
    assert not found(["the battery has cells"] * MIN_DOCUMENTS)


def test_a_rare_phrase_counts_as_its_end():
    """A frequent one has its own place."""
    names = [one.phrase for one in found(["great alpha camera", "great beta camera", "bad camera"])]
    assert names == ["camera"]
    life = ["great battery life"] * MIN_DOCUMENTS
    names = [one.phrase for one in found([*life, *["great battery"] * MIN_DOCUMENTS])]
    assert names == ["battery", "battery life"]


def test_plurals_are_counted_with_their_singular():
    """As in the themes."""
    [one] = found(["great camera", "great cameras", "bad cameras"])
    assert (one.phrase, one.documents) == ("camera", 3)


def test_equal_texts_of_an_author_count_once():
    """Whatever their capitals and invisible characters; those of other authors count."""
    texts = ["great battery", "Great Battery", "great bat\u200btery"]
    assert not found(texts, author="ann")
    [one] = found(texts)
    assert one.authors == 3
    assert not found(texts, author=None)


def test_different_texts_of_an_author_are_one_author():
    """And one example of each side at most."""
    [one] = found(["great battery", "great battery!", "great battery!!"], author="ann")
    assert (one.documents, one.authors, len(one.praise)) == (3, 1, 1)


def test_documents_without_an_author_have_their_own():
    """Their number is that of the documents."""
    [one] = found(["great battery", "great battery!", "great battery!!"], author=None)
    assert (one.authors, len(one.praise)) == (3, EXAMPLES)


def test_examples_are_clear_and_short():
    """At most three a side, with the ids of their documents; a long one is the last."""
    long = "great battery and " + "so on and " * 50
    stored = [scored(f"d{n}", text="great battery" + "!" * n, author=f"a{n}") for n in range(4)]
    stored.append(scored("long", text=long, author="long"))
    [one] = aspects(stored, score, 1)
    assert [example.document for example in one.praise] == ["d3", "d2", "d1"]
    [one] = aspects([scored(f"d{n}", text=long + str(n)) for n in range(3)], score, 1)
    assert one.praise[0].sentence == f"{long}0"
    assert len("great battery!!!") < SHORT


def test_the_most_judged_aspects_come_first():
    """Up to the limit."""
    texts = [*["great battery"] * 3, *["bad screen"] * 4]
    assert [one.phrase for one in found(texts)] == ["screen", "battery"]
    assert [one.phrase for one in found(texts, limit=1)] == ["screen"]
    assert not found([])


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:12]!a}")
def test_hostile_texts_are_read_to_a_limit(text):
    """A bounded number of characters is scored, not more than a few times."""
    read = []

    def count(part):
        read.append(len(part))
        return 0.1

    assert len(opinions(text, count)) <= MAX_OPINIONS
    assert sum(read) <= 4 * MAX_CHARACTERS


def test_a_flood_of_one_author_is_one_text():
    """10,000 equal texts are read once."""
    calls = []

    def count(text):
        calls.append(text)
        return 0.5

    stored = [scored(f"d{n}", text="great battery life, " * 100) for n in range(10_000)]
    assert not aspects(stored, count, 10)
    assert len(calls) < 10


@given(st.lists(st.text() | st.sampled_from(HOSTILE).map(lambda text: text[:200]), max_size=6))
def test_every_text_is_handled(texts):
    """Whatever texts contain, aspects have bounded names and as many sides as documents at most."""
    for one in found(texts * 2):
        assert 1 <= len(one.phrase.split(" ")) <= MAX_WORDS
        assert one.praised + one.criticised <= one.documents
        assert one.authors <= one.documents
        assert -1 <= one.mean <= 1
        assert all(example.compound > 0 for example in one.praise)
        assert all(example.compound < 0 for example in one.criticism)


def test_sentence_that_is_cut_is_not_read():
    """A quotation of it could end in a part of an address, which no longer looks like one."""
    text = "The screen is great. " + "It is. " * 706 + "The battery is bad, ask ann@example.com."
    assert len(text) > MAX_CHARACTERS > text.index("ann@")
    assert {one.sentence for one in opinions(text, score)} == {"The screen is great."}
