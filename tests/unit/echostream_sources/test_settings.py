"""Settings as a user writes them: words, addresses, watches, and hosts that may be private."""

import pytest

from echostream_sources.settings import BadSetting, Settings
from echostream_sources.watch import watch_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://a.example/feed", "https://a.example/feed"),
        (" http://a.example/ ", "http://a.example"),
        ("mastodon.example", "https://mastodon.example"),
    ],
)
def test_address_is_completed(text, address):
    assert Settings({"server": text}).address("server") == address


@pytest.mark.parametrize("text", ["", "ftp://a.example", "https://", "http://[::1", "://a"])
def test_address_without_a_host_is_refused(text):
    with pytest.raises(BadSetting, match=r"^server: must be an address that begins with https://"):
        Settings({"server": text}).address("server")


def test_only_a_host_that_the_user_names_may_be_private():
    """Not that of a default; nobody's where the user is not at the machine."""
    named = Settings({"server": "A.Example"}, allows_private=True)
    assert named.web("https://a.example").private_hosts == {"a.example"}
    assert named.web("https://b.example").private_hosts == set()
    assert Settings({"server": "a.example"}).web("https://a.example").private_hosts == set()


@pytest.mark.parametrize(
    ("keyword", "taken", "others"),
    [
        ("tea", ["Tea!", "#tea", "a tea", "green-tea"], ["teapot", "steam", ""]),
        ("tea*", ["teapot", "TEAS"], ["steam"]),
        ("cold brew", ["Cold\nbrew", "cold  brew"], ["cold-brew", "colder brew"]),
        ("caf\u00e9", ["CAFE\u0301", "caf\u00e9s caf\u00e9"], ["cafe", "caf\u00e9s"]),
        ("\u7d05\u8336", ["\u6fc3\u3044\u7d05\u8336\u304c"], ["\u8336"]),
        ("c++", ["I like C++.", "c++17"], ["c+"]),
        (".*", [".*"], ["anything"]),
    ],
)
def test_keyword_is_a_whole_word(keyword, taken, others):
    """In any case and form of Unicode; scripts without spaces have no bounds of words."""
    watch = watch_of([keyword], [])
    assert [text for text in [*taken, *others] if watch.takes({"text": text})] == taken


def test_languages_are_compared_with_that_of_the_document():
    watch = watch_of([], ["EN", "pt-BR", ""])
    languages = ["en", "en-GB", "pt-br", "pt", "de", ""]
    assert [one for one in languages if watch.takes({"language": one})] == ["en", "en-GB", "pt-br"]
