"""The language of short texts: what is found, and what is taken as English."""

import pytest

from echostream.adapters.language_detector import MAX_CHARACTERS, LanguageDetector
from tests.texts_by_language import ENGLISH, TEXTS

DETECT = LanguageDetector()
FOUND_AS_OTHERS = ("Rio de Janeiro", "Dude, WTF lady gaga? So bizarre.", "im soooo tired omg")
"""English texts that the detector takes as others, for the record."""


@pytest.mark.parametrize("language", TEXTS)
def test_reviews_and_posts_in_other_languages_are_found(language):
    """At least nine of ten, and nearly all with their language."""
    texts = TEXTS[language].splitlines()
    found = [DETECT(text) for text in texts]
    assert sum(one is not None for one in found) >= 0.9 * len(texts)
    assert sum(one == language for one in found) >= 0.85 * len(texts)


def test_short_english_names_links_and_emoji_are_taken_as_english():
    """But for a few."""
    others = {text for text in ENGLISH if DETECT(text)}
    assert others <= {*FOUND_AS_OTHERS, "@anonymous im perfect"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Sehr gut", "de"),
        ("Muito bom", "pt"),
        ("MUITO BOM!!! 😍", "pt"),
        ("zu teuer", "de"),
        ("Tout va bien", "fr"),
        ("<p>Ich bin <b>sehr</b> enttäuscht, nie wieder</p>", "de"),
        ("@shop https://example.com/the/best/of/all Lieferung war schnell, gerne wieder", "de"),
        ("\u597d\u7684", "zh"),
        ("감사합니다", "ko"),
        ("Очень плохо, terrible", "ru"),
        ("\u0ca0_\u0ca0", None),
        ("¯\\_(ツ)_/¯", None),
        ("ＴＥＲＲＩＢＬＥ service", None),  # noqa: RUF001
        ("Deutsche Bahn", None),
        ("", None),
        ("\n\t", None),
        ("line one is fine\nand so is line two", None),
    ],
)
def test_what_decides(text, language):
    """Markup, links, faces, letters of other widths and names have no language."""
    assert DETECT(text) == language


def test_the_start_of_a_long_text_decides():
    """The rest takes no time."""
    english, german = "This is the best of all. ", "Das war leider gar nicht gut. "
    assert DETECT(english * 30 + german * 1_000) is None
    assert DETECT(german * (MAX_CHARACTERS // len(german) + 1) + english * 1_000) == "de"
