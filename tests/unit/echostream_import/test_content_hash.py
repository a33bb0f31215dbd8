"""What identifies a file: its content, and in a folder the names."""

import io

from echostream_import.sending import content_hash


def test_content_and_not_the_name_identifies_a_file(tmp_path):
    """A change is another content."""
    first, copy, other = (tmp_path / name for name in "abc")
    first.write_bytes(b"x" * 5_000)
    copy.write_bytes(b"x" * 5_000)
    other.write_bytes(b"x" * 5_001)
    hashes = [content_hash.of_path(path) for path in (first, copy, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_folder_is_identified_by_its_files_and_their_names(tmp_path):
    """A file that moves is another content."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.csv").write_text("x")
    before = content_hash.of_path(tmp_path)
    assert content_hash.of_path(tmp_path) == before
    (tmp_path / "a" / "1.csv").rename(tmp_path / "a" / "2.csv")
    assert content_hash.of_path(tmp_path) != before


def test_stream_is_hashed_as_it_is_read():
    """Its end included, whatever the sizes of the parts."""

    def read(content):
        hashed = content_hash.HashedStream(io.BytesIO(content))
        stream = io.BufferedReader(hashed)
        parts = iter(lambda: stream.read(7), b"")
        assert b"".join(parts) == content
        return hashed.content

    assert read(b"x" * 20_000) == read(b"x" * 20_000) != read(b"x" * 19_999)
