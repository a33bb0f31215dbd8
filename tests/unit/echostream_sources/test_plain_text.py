"""The text of HTML."""

import pytest

from echostream_sources.plain_text import plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a < b and c > d & e", "a < b and c > d & e"),
        ("I <3 it", "I <3 it"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br/>two<br>three", "one\ntwo\nthree"),
        ("<b>bo</b>ld  and\n spaces", "bold and spaces"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\nc"),
        ("&lt;b&gt; &amp;amp; &#8364; &nbsp;x", "<b> &amp; \u20ac x"),
        ("<style>p{}</style>a<script>if (a<b) x('</p>')</script>b", "ab"),
        ("a<!-- hidden -->b<![CDATA[c]]>", "ab"),
        ("<p>not closed <b>at all", "not closed at all"),
        ("<a href='x'>link</a><img alt='y'>", "link"),
    ],
)
def test_text_is_what_a_reader_sees(markup, text):
    """Lines for blocks; no tags, scripts and repeated spaces."""
    assert plain_text(markup) == text
