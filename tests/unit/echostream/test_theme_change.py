"""Terms that tell two samples apart, and terms that are new."""

import random
from itertools import accumulate

import pytest

from echostream.domain.themes.change import drivers, emerging
from echostream.domain.themes.corpus import mention
from echostream.domain.themes.report import report
from tests.unit.echostream.theme_texts import about, documents

SHARES = list(accumulate(1 / (rank + 5) for rank in range(400)))
WORDS = [f"word{chr(97 + a)}{chr(97 + b)}" for a in range(20) for b in range(20)]


def mentions(stored):
    return [mention(one) for one in stored]


def babble(number, seed):
    """Documents of words that are drawn with the same probabilities, some rare, some common."""
    draw = random.Random(seed)  # noqa: S311
    return mentions(
        documents(" ".join(draw.choices(WORDS, cum_weights=SHARES, k=8)) for _ in range(number))
    )


def test_term_of_one_sample_drives_the_change():
    """Its z score is positive, that of a term that disappeared negative."""
    now = babble(200, 1) + mentions(documents(["battery"] * 40))
    before = babble(200, 2) + mentions(documents(["courier"] * 60))
    found = {driver.term: driver for driver in drivers(now, before)}
    assert found["battery"].z > 3
    assert found["courier"].z < -3
    assert found["battery"].share == pytest.approx(40 / 240)
    assert found["courier"].share_before == pytest.approx(60 / 260)
    assert found["battery"].share_before == found["courier"].share == 0


def test_clearest_driver_is_first():
    """Whatever its direction."""
    found = drivers(babble(100, 1) + mentions(about("battery", 40)), babble(100, 2))
    assert [abs(one.z) for one in found] == sorted((abs(one.z) for one in found), reverse=True)


def test_new_term_emerges():
    """With the number of its documents, and the number that the week would have had."""
    now, before = babble(300, 1) + mentions(documents(["battery"] * 30)), babble(1200, 2)
    found = {one.term: one for one in emerging(now, before)}
    assert (found["battery"].documents, found["battery"].expected) == (30, 0)
    assert found["battery"].probability < 1e-15


def test_term_that_was_as_frequent_does_not_emerge():
    """Nor one that became rarer."""
    usual = babble(600, 2) + mentions(about("battery", 60) + about("courier", 100))
    now = babble(300, 1) + mentions(about("battery", 30))
    assert emerging(now, usual) == []


def test_expected_number_is_in_proportion_to_the_samples():
    """A term of 3% that becomes one of 20%."""
    words = {"now": ["battery"] * 40 + ["x1"] * 160, "usual": ["battery"] * 60 + ["x1"] * 1940}
    now, usual = (mentions(documents(words[name])) for name in ("now", "usual"))
    (found,) = emerging(now, usual)
    assert (found.term, found.documents) == ("battery", 40)
    assert found.expected == pytest.approx(6.0)


@pytest.mark.parametrize("find", [drivers, emerging])
def test_chance_is_seldom_a_discovery(find):
    """Samples of the same words: at most one pair in ten has a term that is reported."""
    false = [bool(find(babble(150, seed), babble(600, -seed))) for seed in range(1, 41)]
    assert sum(false) <= 4


def test_repeated_text_of_an_author_does_not_emerge_like_many_voices():
    """100 equal texts of a bot count as seven documents, those of 100 authors as 100."""
    before, text = babble(900, 1), "replica watches"
    bot = mentions(documents([text] * 100, author="bot"))
    many = mentions(documents([text] * 100))
    assert [one.documents for one in emerging(babble(300, 2) + bot, before)] in ([], [7])
    assert [one.documents for one in emerging(babble(300, 2) + many, before)] == [100]


@pytest.mark.parametrize("find", [drivers, emerging])
@pytest.mark.parametrize("numbers", [(0, 0), (0, 50), (50, 0), (1, 1)])
def test_nothing_to_compare_is_no_change(find, numbers):
    """Also if one of the samples is empty."""
    now, before = (babble(number, 1) for number in numbers)
    assert find(now, before) == []


def test_terms_are_cited():
    """A term that is more frequent now by documents of now, another by those of before."""
    now = babble(200, 1) + mentions(about("battery", 40))
    before = babble(200, 2) + mentions(about("courier", 40))
    found = report(now, before, before, 12)
    ids = {one.id for one in now}
    for driver in found.drivers:
        examples = found.examples[driver.term]
        assert examples
        assert all((one.id in ids) is (driver.z > 0) for one in examples)
        assert all(driver.term in one.terms for one in examples)
    assert all(found.examples[one.term] for one in found.emerging)
