"""Prepares text for VADER's rules, which know words only as people type them in plain ASCII.

The rules split a text at white space and remove a sign of `PUNC_LIST` from one side of a word. Of
all else they know no word: typographic apostrophes, entities, `<b>love</b>`, `great/really`,
`#amazing`, emoji. Here such a text becomes one that they can read. Only VADER gets it; what is
stored stays as sent.

Each rule was measured on rated texts (`bench/engines/text_rules.py`). Some were not kept: a word
before an ellipsis (`fun...`) stays unknown, because people rate such tweets as less positive.
"""

import re
from itertools import chain

from echostream.adapters.vader_rules import CACHED_LENGTH, CACHED_TOKENS, VaderRules, Word

VERSION = "text1"
"""Part of `engine_version`. Change it with anything here that changes a score."""

_ROUNDS = 6
"""A text is decoded up to five times. What is nested deeper is not text that anyone wrote."""
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc\u02b9\u2032\xb4"), "'")
_BACKTICK = re.compile(r"(?<=[^\W\d_])`(?=[^\W\d_])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,9})(?:\s[^<>]*|/)?>|<!--[^<>]*-->")
_TAG_NAMES = frozenset(
    (
        *("a", "abbr", "address", "article", "aside", "b", "big", "blockquote", "body", "br"),
        *("button", "center", "cite", "code", "dd", "del", "div", "dl", "dt", "em"),
        *("figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("head", "header", "hr", "html", "i", "img", "ins", "kbd", "label", "li", "link"),
        *("main", "mark", "meta", "nav", "ol", "p", "pre", "q", "s", "samp", "section"),
        *("small", "span", "strike", "strong", "style", "sub", "summary", "sup", "table"),
        *("tbody", "td", "tfoot", "th", "thead", "time", "title", "tr", "tt", "u", "ul"),
        *("var", "video", "wbr"),
    )
)
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff]"
)
"""Soft hyphens, zero-width characters, marks of direction, variation selectors, skin tones."""
_VARIANT = re.compile("[\uff01-\uff5e\ufb00-\ufb06\U0001d400-\U0001d7ff]+")
"""Full-width forms, ligatures and mathematical letters."""
_EMOJI = re.compile("[\u231a-\u23ff\u2600-\u27bf\u2b1b-\u2b55\U0001f300-\U0001faff]")
_MEANINGS = {
    **dict.fromkeys("♡♥❣❤💓💕💖💗💘💙💚💛💜💝💞💟🖤🤍🤎🧡", "love"),
    "👍": "good",
    "👎": "bad",
    "😡": "enraged",
    "😤": "huffing",
    "🖕": "insult",
}
"""Emoji whose Unicode name has no word of the lexicon, or one that misleads."""

_WORD = r"[^\W_]++(?:['-][^\W_]++)*+"
_DOMAIN = rf"(?:{_WORD}\.){{1,4}}+(?i:com|org|net|edu|gov|info|io|co|uk|de|fr|eu)(?!\w)"
_LINK = rf"(?i:https?://|www\.)\S*+|{_DOMAIN}\S*+|@\w++"
_EMOTICON = r"[:;=]'?[-^]?(?:[][(){}*|/\\]|[DPpOo3](?![^\W_]))|</?3(?!\w)"
_PIECE = re.compile(
    rf"{_LINK}|#[^\W_]++|{_WORD}(?:(?:\.\.++|…++)(?![^\w\s]*+\w))?|(?<!\d)(?:{_EMOTICON})|[!?]"
)
"""What is kept of a token. Other signs have no effect in VADER; the dots that end a token stay."""
_IS_LINK = re.compile(_LINK)
_MAIL = re.compile(r"\w@\w")
_GLUED = re.compile(r"[^\W_][^\w\s']+[^\W_]")
_CAMEL = re.compile(r"[A-Z][a-z]+|[A-Z]+(?![a-z])|\d+")
_REPEATED = re.compile(r"([A-Za-z])\1\1")
_REPEATS = re.compile(r"([A-Za-z])\1\1+")
_STOPS = frozenset(".,!?;:")
_UNSPLIT = frozenset(("anti", "ex", "free", "less", "no", "non", "proof", "un"))
"""Before or after a hyphen they turn the word round: `non-toxic`, `hassle-free`."""


class VaderText:
    """Scores texts with VADER's rules after preparing them.

    A token is changed only if VADER then knows a word in it. The result is the same if it is
    prepared again. The time is proportional to the length of a text, whatever it contains.
    """

    def __init__(self, rules: VaderRules) -> None:
        self._rules = rules
        self._tokens = _Tokens(rules)

    def polarity_scores(self, text: str) -> dict[str, float]:
        """As `VaderRules.polarity_scores(prepare(text))`, and faster."""
        text = _without_markup(text)
        words = chain.from_iterable(map(self._tokens.__getitem__, text.split()))
        return self._rules.score(words, text)

    def prepare(self, text: str) -> str:
        """What VADER reads of a text; the text itself if it needs no change."""
        text = _without_markup(text)
        tokens = text.split()
        prepared = [self._tokens.prepare(token) for token in tokens]
        return text if prepared == tokens else " ".join(prepared)


def _without_markup(text: str) -> str:
    """The text without entities, tags and characters that VADER has no word for."""
    if text.isascii() and not ("&" in text or "<" in text or "`" in text):
        return text
    for _ in range(_ROUNDS):
        before, text = text, _decode(text)
        if text == before:
            return text
    return _decode(text.replace("&", " ").replace("<", " "))


def _decode(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(_character, text)
    if "<" in text:
        text = _TAG.sub(_tag, text)
    if "`" in text:
        text = _BACKTICK.sub("'", text)
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", text.translate(_APOSTROPHES))
    return _EMOJI.sub(_meaning, _VARIANT.sub(_compatible, text))


def _character(match: re.Match[str]) -> str:
    import html.entities  # a table of 2,231 names, which few texts need

    entity = match[0]
    is_character = entity[1] == "#" or entity[1:] in html.entities.html5
    return html.unescape(entity) if is_character else entity


def _tag(match: re.Match[str]) -> str:
    name = match[1]
    return " " if name is None or name.lower() in _TAG_NAMES else match[0]


def _compatible(match: re.Match[str]) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", match[0])


def _meaning(match: re.Match[str]) -> str:
    """What an emoji says: its name in Unicode, as one word where it has hyphens."""
    import unicodedata

    emoji = match[0]
    name = _MEANINGS.get(emoji) or unicodedata.name(emoji, "").lower().replace("-", "")
    return f" {name} "


def _compound(token: str) -> str:
    """The words of a compound with hyphens; itself if one of them turns it round."""
    words = token.split("-")
    is_turned = not {words[0].lower(), words[-1].lower()}.isdisjoint(_UNSPLIT)
    return token if is_turned else " ".join(words)


class _Tokens(dict[str, tuple[Word, ...]]):
    """A cache from a token to the words that VADER reads of it."""

    def __init__(self, rules: VaderRules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, token: str) -> tuple[Word, ...]:
        prepared = self.prepare(token)
        if prepared is token:  # most are
            word = self._rules.read(token)
            words: tuple[Word, ...] = (word,) if word else ()
        else:
            words = tuple(filter(None, map(self._rules.read, prepared.split())))
        if len(token) <= CACHED_LENGTH:
            if len(self) >= CACHED_TOKENS:
                self.clear()
            self[token] = words
        return words

    def prepare(self, token: str) -> str:
        """The tokens that replace a token, with spaces between them."""
        is_repeated = _REPEATED.search(token)
        if token.isalpha():
            return self._shorten(token) if is_repeated else token
        if not is_repeated and token[-1] in _STOPS and token[:-1].isalpha():
            return token
        if self._rules.knows(token) and not ("n't" in token.lower() and _GLUED.search(token)):
            return token
        prepared = self._split(token)
        return token if self._rules.names.isdisjoint(prepared.lower().split()) else prepared

    def _split(self, token: str) -> str:
        if token[0] == "#" and token[1:].isalnum():
            return self._hashtag(token[1:])
        if "@" in token and _MAIL.search(token):
            return token
        pieces = _PIECE.findall(token)
        if pieces == [token]:
            return token if "-" not in token or _IS_LINK.match(token) else _compound(token)
        return " ".join(map(self.prepare, pieces))

    def _hashtag(self, name: str) -> str:
        """The words of a hashtag, which are many in CamelCase."""
        words = _CAMEL.findall(name)
        is_camel = not self._rules.knows(name) and "".join(words) == name
        return " ".join(words) if is_camel else self.prepare(name)

    def _shorten(self, word: str) -> str:
        """The known word for which one with a letter three times or more stands (`goood`)."""
        if self._rules.knows(word):
            return word
        candidates = (_REPEATS.sub(letters, word) for letters in (r"\1\1", r"\1"))
        return next(filter(self._rules.knows, candidates), word)
