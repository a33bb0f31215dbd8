"""Encodings, decided over a whole file."""
# ruff: noqa: RUF001 (letters and signs of other scripts are what is tested)

import codecs
import io

import pytest

from echostream_import.reading import dialects, encoding, records
from echostream_import.reading.encoding import BLOCK, decide, lines, open_text, with_line_ends
from echostream_import.reading.legacy_encoding import guess_legacy
from echostream_import.reading.opening import ReadOptions
from echostream_import.rows import FileError
from tests.unit.echostream_import.files import bad, good, opened

TABLE = "text,date\nThe café is great – “really”,2026-11-23\nJosé’s crème brûlée,2026-11-24\n"
SAMPLES = {
    "cp1252": "Très bon service, j’ai adoré le café à côté de la gare. C’est très agréable.",
    "cp1251": "Отличный товар, всё понравилось. Доставка быстрая, рекомендую всем!",
    "koi8_r": "Отличный товар, всё понравилось. Доставка быстрая, рекомендую всем!",
    "cp932": "とても良い商品です。配送も早くて満足しています。またお願いします。",
    "euc_jp": "とても良い商品です。配送も早くて満足しています。またお願いします。",
    "gb18030": "非常好的产品,我很喜欢。物流很快,推荐购买。",
    "big5": "非常好的產品,我很喜歡。物流很快,推薦購買。",
    "cp949": "정말 좋은 제품입니다. 배송도 빠르고 만족합니다.",
    "cp1250": "Świetny produkt, bardzo dobrze się sprawdza. Polecam każdemu, łatwy w użyciu.",
    "cp1253": "Πολύ καλό προϊόν, το συνιστώ σε όλους. Η παράδοση ήταν γρήγορη.",
    "cp1254": "Çok güzel bir ürün, herkese tavsiye ederim. Kargo hızlıydı, teşekkürler. Şahane iş.",
    "cp1255": "מוצר מצוין, אני ממליץ לכולם. המשלוח היה מהיר",
    "cp1256": "منتج رائع، أنصح به الجميع. التوصيل كان سريعا",
    "cp874": "สินค้าดีมาก ส่งเร็ว แนะนำเลย",
    "mac_roman": "Très bon service, j’ai adoré le café à côté de la gare. C’est très agréable.",
}
WESTERN = [
    "café", "naïve", "It’s", "£5 off", "Zoë", "10 € – ok", "Größe", "½ price", "São Paulo", "25°",
    "“quoted”", "hyvää päivää", "Ñandú", "wait… what", "smörgåsbord", "Ça va",
]  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
        ("utf-32-le", b""),
        ("cp1252", b""),
    ],
)
def test_each_encoding_gives_the_same_text(tmp_path, codec, bom):
    """With and without a byte order mark."""
    file = opened(tmp_path, bom + TABLE.encode(codec))
    assert [values["text"] for values in good(file)] == [
        "The café is great – “really”",
        "José’s crème brûlée",
    ]
    assert list(file.columns) == ["text", "date"]
    assert any("encoding" in note for note in file.notes)


@pytest.mark.parametrize("codec", SAMPLES)
def test_legacy_encodings_are_found(codec):
    """From three rows of one language; the text is what tells, not Python's name."""
    sample = "\n".join(f"{n},{SAMPLES[codec]},2026-11-1{n}" for n in range(3)).encode(codec)
    assert sample.decode(guess_legacy(sample), "replace") == sample.decode(codec)


@pytest.mark.parametrize("text", WESTERN)
def test_western_files_are_windows_1252(text):
    """Also where a single character is all that tells."""
    assert guess_legacy(f"17,{text} is good,2026-11-23\n".encode("cp1252")) == "cp1252"


def test_russian_in_utf_16_without_a_mark(tmp_path):
    """The NULs of its spaces, digits and commas tell."""
    text = f"text,date\n{SAMPLES['cp1251'].replace(',', ' ')},2026-11-23\n"
    assert good(opened(tmp_path, text.encode("utf-16-be")))[0]["text"].startswith("Отличный товар")


def test_the_last_row_decides(tmp_path):
    """The first byte beyond ASCII may be beyond the first megabytes."""
    rows = b"text,date\n" + b"Great,2026-11-23\n" * (3 * BLOCK // 17)
    latin = opened(tmp_path, rows + "café,2026-11-24\n".encode("cp1252"))
    assert good(latin)[-1]["text"] == "café"
    utf8 = opened(tmp_path, rows + "café,2026-11-24\n".encode())
    assert good(utf8)[-1]["text"] == "café"


def test_a_mixed_file_keeps_its_utf_8(tmp_path):
    """Lines that are not UTF-8 are read by the fallback, and named; no other line changes."""
    rows = [b"text,date\n"]
    rows += [f"naïve – “{n}”,2026-11-23\n".encode() for n in range(50)]
    rows[7] = "café – 7,2026-11-23\n".encode("cp1252")
    rows[31] = "Größe – ".encode("cp1252") + "Größe,2026-11-23\n".encode()
    file = opened(tmp_path, b"".join(rows))
    texts = [values["text"] for values in good(file)]
    assert texts[6] == "café – 7"
    assert texts[30] == "Größe – Größe"
    assert texts[0] == "naïve – “0”"
    assert any("2 lines (lines 8, 32) are not: read as cp1252" in note for note in file.notes)


def test_one_line_of_utf_8_does_not_make_a_russian_file_utf_8(tmp_path):
    """By chance bytes of other encodings are valid; most lines decide."""
    row = SAMPLES["cp1251"].replace(",", "") + ",2026-11-23\n"
    content = b"text,date\n" + row.encode("cp1251") * 40 + "гё,2026-11-23\n".encode()
    assert good(opened(tmp_path, content))[0]["text"].startswith("Отличный товар")


def test_surrogates_as_java_writes_emoji(tmp_path):
    """Each half is three bytes; together they are the character."""
    halves = "😀".encode("utf-16-be", "surrogatepass").decode("utf-16-be")
    broken = "\ud83d\ude00".encode("utf-8", "surrogatepass")
    content = "text,date\nnaïve,2026-11-23\n".encode() + broken + b" ok,2026-11-23\n"
    assert good(opened(tmp_path, content))[1]["text"] == f"{halves} ok"


def test_the_option_wins(tmp_path):
    """Even over a guess that fits; what does not fit is counted."""
    content = "text,date\nцена,2026-11-23\n".encode("cp1251")
    assert good(opened(tmp_path, content, options=ReadOptions("cp1251")))[0]["text"] == "цена"
    assert good(opened(tmp_path, content, options=ReadOptions("latin-1")))[0]["text"] == "öåíà"
    forced = opened(tmp_path, content, options=ReadOptions("utf-8"))
    assert any("line 2 is not utf-8" in note for note in forced.notes)


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13"])
def test_an_unknown_encoding(tmp_path, name):
    """The message names the option."""
    with pytest.raises(FileError, match="ENCODING"):
        opened(tmp_path, TABLE, options=ReadOptions(name))


def test_long_lines_are_cut_between_characters():
    """A line of megabytes without an end is valid UTF-8 as a whole."""
    content = ("é" * (3 * BLOCK)).encode()
    decided = decide(io.BytesIO(b"x" + content))
    assert (decided.codec, decided.fallback) == ("utf-8", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u2028b\x0cc\r\nd\re", ["a\u2028b\x0cc\r\n", "d\re"]),
        ("a\u2028b\rc\nd\r\ne", ["a\u2028b\r", "c\n", "d\r\n", "e"]),
    ],
)
def test_lines_end_at_line_ends_only(text, expected):
    """No line ends at U+2028 or a form feed; at CR only where the first line does."""
    decided = with_line_ends(decide(io.BytesIO(text.encode())), text)
    with open_text(io.BytesIO(text.encode()), decided) as characters:
        assert list(lines(characters, decided)) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "ok"}\n{"text": "%s"}\n{"text": "after"}\n'),
        ("a.csv", "text,day\nok,1\n%s,1\nafter,1\n"),
        ("quoted.csv", 'text,day\nok,1\n"%s",1\nafter,1\n'),
    ],
)
def test_a_line_longer_than_memory_costs_its_own_row(tmp_path, monkeypatch, name, content):
    """It is refused, and not read as a whole."""
    monkeypatch.setattr(encoding, "MAX_LINE", 1 << 17)
    monkeypatch.setattr(dialects, "MAX_CHARACTERS", 1 << 16)
    monkeypatch.setattr(records, "MAX_CHARACTERS", 1 << 16)
    file = opened(tmp_path, content % ("x" * (1 << 20)), name)
    assert [row["text"] for row in good(file)] == ["ok", "after"]
    [refused] = bad(file)
    assert sum(map(len, refused.values.values())) <= 1 << 17
