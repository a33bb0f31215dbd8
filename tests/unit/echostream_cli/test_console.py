"""Tables, steps and progress: plain in a pipe, styled on a terminal."""

import io
import re
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from echostream_cli import console
from echostream_cli.paths import ROOT

ROWS = [("ok", "1", "first"), ("alarm", "1000", "x" * 300)]


class Terminal(io.StringIO):
    """A stream that says it is a terminal, 80 columns wide."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A function whose context has a terminal as stdout and as stderr; it yields both."""
    for name, value in {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)

    @contextmanager
    def replace():
        with redirect_stdout(Terminal()) as out, redirect_stderr(Terminal()) as err:
            yield out, err

    return replace


def test_table_in_a_pipe_has_each_row_whole_on_one_line(capsys, monkeypatch):
    """Without colours, whatever the environment says about width and colours."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    console.table(("state", "n", "why"), ROWS, right={1}, indent=2)
    assert capsys.readouterr().out.splitlines() == [
        "  state     n  why",
        f"  -----  ----  {'-' * 300}",
        "  ok        1  first",
        f"  alarm  1000  {'x' * 300}",
    ]


def test_table_without_head_has_rows_only(capsys):
    """And prints nothing without rows."""
    console.table((), [("a", "b")], indent=4)
    console.table((), [])
    assert capsys.readouterr().out == "    a  b\n"


def test_table_without_rows_has_its_head(capsys):
    """The names of the columns and the rule."""
    console.table(("id", "n"), [])
    assert capsys.readouterr().out == "id  n\n--  -\n"


def test_table_is_aligned_by_terminal_columns(capsys):
    """East Asian characters take two columns, combining ones none."""
    console.table((), [("日", "x"), ("e\u0301e", "x"), ("ab", "x")])
    assert capsys.readouterr().out == "日  x\ne\u0301e  x\nab  x\n"


def test_table_escapes_control_characters(capsys):
    """Line breaks and control characters of a document have no effect on a terminal."""
    console.table(("na\tme",), [("a\nb\x1b[2J\u202e",)])
    text = capsys.readouterr().out
    assert text.splitlines()[0] == r"na\tme"
    assert text.splitlines()[2] == r"a\nb\x1b[2J\u202e"
    assert len(text.splitlines()) == 3


def test_terminal_colours_states_and_wraps_the_last_column(terminal):
    """No line is wider than the terminal, and no character is lost."""
    with terminal() as (out, _):
        console.table(("state", "n", "why"), ROWS, right={1})
    text = out.getvalue()
    assert "\x1b[32mok" in text
    assert "\x1b[31malarm" in text
    assert text.count("x") == 300
    assert len(text.splitlines()) > 5


def test_table_that_just_fits_is_styled(terminal):
    """A narrow last column needs no more room than its own width."""
    with terminal() as (out, _):
        console.table((), [("x" * 70, "ok")])
    assert "\x1b[32mok" in out.getvalue()


def test_cell_is_no_markup(terminal):
    """Brackets are printed as they are."""
    with terminal() as (out, _):
        console.table((), [("[bold]a", "[/]")])
    assert "[bold]a  [/]" in out.getvalue()


@pytest.mark.parametrize(
    "rows",
    [[("x" * 70, "y" * 20)], [("x", "y")] * (console.MAX_STYLED_ROWS + 1)],
    ids=["wide", "long"],
)
def test_table_that_does_not_fit_is_plain_on_a_terminal(terminal, rows):
    """If the last column has no room, or the table has very many rows."""
    with terminal() as (out, _):
        console.table(("a", "b"), rows)
    assert "\x1b" not in out.getvalue()
    assert len(out.getvalue().splitlines()) == len(rows) + 2


def test_step_in_a_pipe_is_one_line(capsys):
    """The title, the words of the body, and the duration."""
    with console.step("stack") as note:
        note += ["is", "current"]
    assert capsys.readouterr().out == f"  {'stack':<34}is current (0.0 s)\n"


def fail_in_step():
    with pytest.raises(ValueError, match="no"), console.step("stack"):
        raise ValueError("no")


def test_failed_step_ends_its_line(capsys, terminal):
    """The error passes through, in a pipe and on a terminal."""
    fail_in_step()
    line = f"  {'stack':<34}failed\n"
    assert capsys.readouterr().out == line
    with terminal() as (out, _):
        fail_in_step()
    assert out.getvalue().endswith(line)


def test_step_on_a_terminal_shows_the_seconds_then_its_line(terminal):
    """The spinner is cleared, and the cursor is visible again."""
    with terminal() as (out, _), console.step("stack") as note:
        note.append("built")
    assert "stack \x1b[33m0:00:00" in out.getvalue()
    assert "\x1b[?25h" in out.getvalue()
    assert out.getvalue().endswith(f"  {'stack':<34}built (0.0 s)\n")


@contextmanager
def send_two_of_four():
    with console.progress("sending", "documents", 4) as advance:
        advance(2)
        yield


def test_progress_and_waiting_print_nothing_in_a_pipe(capsys):
    """A log file holds no progress."""
    with send_two_of_four(), console.waiting("query") as update:
        update("running")
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_has_numbers(terminal):
    """On stderr, so that stdout has only results."""
    with terminal() as (out, err), send_two_of_four():
        pass
    assert "sending" in err.getvalue()
    assert "2 of 4 documents" in err.getvalue()
    assert out.getvalue() == ""


def test_progress_without_a_total_counts(terminal):
    """The number so far, with its unit."""
    with terminal() as (_, err), console.progress("reading", "items") as advance:
        advance(1200)
    assert "1,200 items" in err.getvalue()


def test_progress_of_a_file_on_a_terminal_has_bytes_and_rows(terminal):
    """The bytes of the file, and its rows."""
    with terminal() as (_, err), console.file_progress("sending", 20_000_000) as show:
        show(5_000_000, 1_200)
    assert "sending" in err.getvalue()
    assert "5.0 of 20 MB, 1,200 rows" in err.getvalue()


def test_progress_of_a_file_in_a_log_is_a_line_now_and_then(capsys, monkeypatch):
    """Not for each batch."""
    with console.file_progress("sending", 20_000_000) as show:
        show(5_000_000, 1_200)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(console, "LOG_SECONDS", 0.0)
    with console.file_progress("sending", 20_000_000) as show:
        show(5_000_000, 1_200)
    assert capsys.readouterr() == ("", "  sending: 5.0 of 20 MB, 1,200 rows\n")


def test_pace_is_that_since_the_first_call():
    """The rows of an earlier run, which are only skipped, do not count."""
    pace = console.Pace(2_000_000_000)
    assert pace.describe(1_000_000_000, 500_000, 100.0) == "1,000 of 2,000 MB, 500,000 rows"
    state = pace.describe(1_100_000_000, 550_000, 150.0)
    assert state == "1,100 of 2,000 MB, 550,000 rows, 1,000 rows/s, 8 min left"
    assert pace.describe(1_990_000_000, 995_000, 595.0).endswith("1,000 rows/s, 5 s left")
    slow = console.Pace(1_000_000_000)
    slow.describe(0, 0, 0.0)
    assert slow.describe(1_000_000, 500, 10.0).endswith("50 rows/s, 2 h 46 min left")


def test_waiting_on_a_terminal_shows_the_latest_text(terminal):
    """A text such as [a] is no markup."""
    with terminal() as (_, err), console.waiting("query") as update:
        update("running [a]")
    assert "running [a]" in err.getvalue()


def test_every_risk_that_stops_a_deployment_can_be_accepted():
    """The messages tell the user to pass ACCEPT= with its name."""
    sources = (ROOT / "src" / "echostream_cli").rglob("*.py")
    text = "\n".join(path.read_text() for path in sources)
    names = set(re.findall(r'require_accepted\(\s*"(\w+)"', text))
    assert names == set(console.RISKS) - {"tests"}
