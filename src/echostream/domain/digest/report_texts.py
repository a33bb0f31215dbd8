"""Reports in English: a subject line, the parts of a plain text, and what a picture shows.

Names of weekdays are our own, because those of the standard library depend on the locale.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from echostream.domain.digest.report import PeriodReport
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.model import UNSCORED, Count, Sentiment, in_words

MAX_SUBJECT = 100
"""Characters of a subject line, which SNS limits."""
BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING = "·"
BAR = 24
"""Blocks of the longest bar of a week."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NO_MEAN = "none"
"""In place of the mean score, if no document has one."""
_ELLIPSIS = "..."


def subject(report: PeriodReport) -> str:
    """A subject line in ASCII, of at most `MAX_SUBJECT` characters."""
    day = f"{report.period.start:%Y-%m-%d}"
    when = day if report.period.kind is ReportKind.DAILY else f"week of {day}"
    line = f"EchoStream, {when}: {headline(report.total)} ({report.tenant})"
    plain = "".join(one if " " <= one <= "~" else "?" for one in line)
    is_long = len(plain) > MAX_SUBJECT
    return plain[: MAX_SUBJECT - len(_ELLIPSIS)] + _ELLIPSIS if is_long else plain


def heading(report: PeriodReport) -> str:
    """What the report is about."""
    start, last = report.period.start, report.period.end - timedelta(days=1)
    is_day = report.period.kind is ReportKind.DAILY
    days = day_name(start) if is_day else f"{day_name(start)} to {day_name(last)}"
    return f"Report of {days} (UTC) for {report.tenant}"


def day_name(moment: datetime) -> str:
    """A day such as Monday 2026-11-23."""
    return f"{WEEKDAYS[moment.weekday()]} {moment:%Y-%m-%d}"


def numbers(report: PeriodReport) -> list[str]:
    """Lines with the numbers of the period and of the one before."""
    total, before = report.total, report.before
    the_before = f"the {_unit(report)} before"
    if not total.total:
        other = "" if before is None else f"; {the_before} had {documents(before)}"
        return [f"The {_unit(report)} has no documents{other}.", *_kept(report)]
    lines = [f"{capital(documents(total))}{_change(total, before, the_before)}"]
    lines += [f"Mean score {_mean(total)}{_after(before, the_before)}"]
    labels = (*Sentiment, UNSCORED)
    lines += [_share(one, total, before, the_before) for one in labels if _has(one, report)]
    return [*lines, *_kept(report)]


def digest_sentences(report: PeriodReport) -> str:
    """The sentences of the digest, and who wrote them."""
    sentences = " ".join(one["text"] for one in report.digest["sentences"])
    model = report.digest["model"]
    return f"{sentences} (Written by {model}.)" if model else sentences


def chart(report: PeriodReport) -> list[str]:
    """The lines of a chart of characters: 24 hours side by side, or a line for each day."""
    largest = max(count.total for count in report.by_time)
    if not largest:
        return []
    if report.period.kind is ReportKind.DAILY:
        hours = "".join(_block(count.total, largest) for count in report.by_time)
        title = f"Documents by hour (UTC), {largest:,} at most:"
        return [title, hours, "0     6     12    18"]
    return ["Documents by day (UTC):", *_bars(report.by_time, largest)]


def alternative_text(report: PeriodReport) -> str:
    """What a picture of the report shows."""
    one, total = ("hour" if report.period.bucket == "hour" else "day"), report.total
    text = f"Chart of the documents by {one} and sentiment. {heading(report)}: {headline(total)}"
    if not total.total:
        return f"{text}."
    most = max(report.counts, key=lambda count: count.total)
    text = f"{text}. The {one} with the most, {most.total:,}, is {_when(report, most)}."
    if len(report.counts) == 1:
        return text
    scored = [count for count in report.counts if count.scored]
    if not scored:
        return text
    by_mean = sorted(scored, key=lambda count: count.mean or 0.0)
    low, high = by_mean[0], by_mean[-1]
    lowest, highest = f"{_mean(low)} {_at(report, low)}", f"{_mean(high)} {_at(report, high)}"
    return f"{text} The mean score is between {lowest} and {highest}."


def documents(count: Count) -> str:
    """The number of documents."""
    if count.total == 1:
        return "1 document"
    return f"{count.total:,} documents" if count.total else "no documents"


def score(mean: float) -> str:
    """A mean score with its sign; 0 is +0.00."""
    return f"{round(mean, 2) + 0.0:+.2f}"


def headline(count: Count) -> str:
    """The number of documents, and their mean score."""
    return f"{documents(count)}, mean score {_mean(count)}" if count.total else "no documents"


def _mean(count: Count) -> str:
    return NO_MEAN if count.mean is None else score(count.mean)


def _unit(report: PeriodReport) -> str:
    return "day" if report.period.kind is ReportKind.DAILY else "week"


def capital(text: str) -> str:
    """A text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def _change(total: Count, before: Count | None, name: str) -> str:
    if before is None:
        return ""
    if not before.total:
        return f"; {name} had none"
    if before.total == total.total:
        return f", as many as {name}"
    percent = 100 * abs(total.total - before.total) / before.total
    size = f"{percent:,.0f}%" if percent >= 0.5 else "less than 1%"
    word = "more" if total.total > before.total else "fewer"
    return f", {size} {word} than {name} ({before.total:,})"


def _after(before: Count | None, name: str) -> str:
    return f", after {_mean(before)} {name}" if before is not None and before.total else ""


def _share(one: str, total: Count, before: Count | None, name: str) -> str:
    line = f"{capital(in_words(one))} {_number(one, total):,} ({_percent(one, total)})"
    had = before is not None and before.total
    return f"{line}, after {_percent(one, before)} {name}" if before and had else line


def _has(one: str, report: PeriodReport) -> bool:
    """MIXED has no documents with most engines, and most documents have a score."""
    before = report.before
    is_before = before is not None and _number(one, before) > 0
    is_rare = one in (Sentiment.MIXED, UNSCORED)
    return not is_rare or is_before or _number(one, report.total) > 0


def _number(one: str, count: Count) -> int:
    number: int = getattr(count, one.lower())
    return number


def _percent(one: str, count: Count) -> str:
    """The share of a sentiment in the documents with a score; of those without one, in all."""
    whole = count.total if one == UNSCORED else count.scored
    return f"{_number(one, count) / whole:.0%}" if whole else "no share"


def _kept(report: PeriodReport) -> list[str]:
    if report.since <= report.period.start:
        return []
    return [f"Documents before {report.since:%Y-%m-%d %H:%M} UTC are not kept any more."]


def _block(number: int, largest: int) -> str:
    if not number:
        return NOTHING
    return BLOCKS[(number * len(BLOCKS) - 1) // largest]


def _bars(counts: Sequence[Count], largest: int) -> Iterator[str]:
    for count in counts:
        bar = BLOCKS[-1] * max(round(BAR * count.total / largest), min(count.total, 1))
        mean = f" (mean score {_mean(count)})" if count.total else ""
        name = WEEKDAYS[count.hour.weekday()][:3]
        yield f"{name} {count.hour:%m-%d} {bar or NOTHING} {count.total:,}{mean}"


def _when(report: PeriodReport, count: Count) -> str:
    return _at(report, count).partition(" ")[2]


def _at(report: PeriodReport, count: Count) -> str:
    is_hour = report.period.bucket == "hour"
    return f"at {count.hour:%H:%M}" if is_hour else f"on {day_name(count.hour)}"
