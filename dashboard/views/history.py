"""The page History: SQL over all documents in the lake, as a chart, a table or a file."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import sign_in
from dashboard.charts.history import MAX_BARS, chart, plot_of
from dashboard.data.audit import recorded
from dashboard.data.formatting import moment
from dashboard.data.history import (
    DEFAULT_ROWS,
    MAX_ROWS,
    QueryError,
    Result,
    Saved,
    csv_of,
    parquet_of,
    run_query,
    saved,
)
from dashboard.data.messages import OWN_GLOSSARY, duration, plain
from echostream_cli.lake.result_format import format_statistics

SQL, LAST, FAILURE = "history_sql", "history_last", "history_failure"


def page() -> None:
    st.title("History", anchor=False, help=OWN_GLOSSARY["Lake"])
    st.caption(
        "SQL over all documents of your tenant in the lake, run by Amazon Athena. The lake can have"
        " documents that the other pages do not count yet: Live shows up to when they are counted."
    )
    choose(saved())
    sql = st.text_area(
        "SQL",
        key=SQL,
        height=260,
        persist_state="session",
        help="A SELECT over `documents` and `raw`",
    )
    left, right = st.columns([1, 5], vertical_alignment="bottom")
    rows = left.number_input("Rows at most", 1, MAX_ROWS, DEFAULT_ROWS)
    if right.button("Run", type="primary", disabled=not (sql or "").strip()):
        run(sql, rows)
    show()


def choose(queries: list[Saved]) -> None:
    """The saved queries; a choice copies its SQL to the editor."""
    by_title = {one.title: one for one in queries}
    if not by_title:
        st.info("There are no saved queries, because the folder `queries` is empty.")
        return
    st.session_state.setdefault(SQL, queries[0].sql)
    title = st.selectbox(
        "Saved query",
        list(by_title),
        key="history_title",
        on_change=fill,
        persist_state="session",
    )
    st.markdown(by_title[title].question)


def fill() -> None:
    chosen = st.session_state["history_title"]
    st.session_state[SQL] = next(one.sql for one in saved() if one.title == chosen)


def run(sql: str, rows: int) -> None:
    """Run a statement. If it fails, the last result is still shown."""
    try:
        with st.spinner("Running the query…", show_time=True):
            st.session_state[LAST] = run_query(sign_in.signed_in(), sql, rows)
        st.session_state.pop(FAILURE, None)
    except QueryError as error:
        st.session_state[FAILURE] = error
        if error.kind == "ended":
            sign_in.end_session()


def show() -> None:
    failure: QueryError | None = st.session_state.get(FAILURE)
    result: Result | None = st.session_state.get(LAST)
    if failure:
        st.error(failure.message, icon=":material/error:")
        st.text(failure.detail)
    if not result:
        st.info("No query has run yet. Choose a saved query or write one, and press Run.")
        return
    if failure:
        age = datetime.now(UTC) - result.as_of
        st.warning(f"The result below is {duration(age.total_seconds())} old, from this statement:")
        st.code(result.sql, language="sql")
    show_result(result)


def show_result(result: Result) -> None:
    st.caption(f"As of {moment(result.as_of)}. {plain(format_statistics(result.answer))}")
    for problem in result.outcome.quarantined:
        st.warning("The lake contains an object that cannot be read. The result omits it.")
        st.text(f"{problem.object}: {problem.problem}")
    if result.frame.empty:
        st.info("No rows: no document of your tenant matches. `make seed N=1000` sends a thousand.")
        return
    if result.answer.is_cut:
        st.info("There are more rows. Raise the limit, or reduce the rows with WHERE or GROUP BY.")
    show_rows(result)
    left, right, _ = st.columns([1, 1, 3])
    api, rows = sign_in.signed_in().api, len(result.frame)
    left.download_button(
        "Download CSV",
        lambda: recorded(api, "csv", rows, lambda: csv_of(result)),
        "history.csv",
        "text/csv",
        on_click="ignore",
    )
    right.download_button(
        "Download Parquet",
        lambda: recorded(api, "parquet", rows, lambda: parquet_of(result)),
        "history.parquet",
        on_click="ignore",
    )


def show_rows(result: Result) -> None:
    plot = plot_of(result.frame)
    if plot and st.radio("View", ["Chart", "Table"], horizontal=True) == "Chart":
        number = st.selectbox("Number", plot.numbers)
        st.altair_chart(chart(result.frame, plot, number))
        if not plot.is_time and len(result.frame) > MAX_BARS:
            st.caption(f"The chart shows the first {MAX_BARS} rows, the table all.")
    else:
        st.dataframe(result.frame, hide_index=True)


page()
