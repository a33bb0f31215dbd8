"""The page Import: a file, how it is read, its progress, and what became of its rows."""

from collections.abc import Sequence
from functools import partial
from itertools import cycle
from typing import Any
from zoneinfo import available_timezones

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import sign_in
from dashboard.data import imports
from dashboard.data.errors import ServiceError
from dashboard.data.imports import FIELDS, NO_COLUMN, FileImport, Reading
from dashboard.data.messages import OWN_GLOSSARY, OWN_TEXTS, plain
from echostream.domain.members import Role
from echostream_import.documents.plan import Options

RUNNING, OPENED = "import.running", "import.opened"
EVERY = 1.0
"""Seconds between two looks at a running import."""
DATE_FORMATS = {"": "as found", "DMY": "day, month, year", "MDY": "month, day, year"}
DATE_FORMATS |= {"YMD": "year, month, day"}
FIELD_LABELS = {"created_at": "Time", "url": "Address"}


def page() -> None:
    st.title("Import", anchor=False, help=OWN_GLOSSARY["Import"])
    running: FileImport | None = st.session_state.get(RUNNING)
    if running:
        is_live = running.is_running
        st.fragment(show_running, run_every=EVERY if is_live else None)(running, is_live)
    elif Role.WRITER not in sign_in.signed_in().session.roles:
        st.info(OWN_TEXTS["writer_needed"])
    else:
        choose_file()


def choose_file() -> None:
    upload = st.file_uploader("A file with texts", help=OWN_TEXTS["import_files"])
    if upload is None:
        st.session_state.pop(OPENED, None)
        st.info(OWN_TEXTS["no_file"])
        return
    try:
        with st.spinner(OWN_TEXTS["reading_file"]):
            reading = read(upload)
    except ServiceError as error:
        st.error(error.message, icon=":material/error:")
        show_options(upload, ())
        return
    show_reading(upload, reading)


def key(upload: UploadedFile, name: str) -> str:
    """The key of a widget whose value belongs to one upload."""
    return f"import.{upload.file_id}.{name}"


def chosen(upload: UploadedFile, name: str) -> Any:
    return st.session_state.get(key(upload, name), "")


def read(upload: UploadedFile) -> Reading:
    """The file as the viewer's choices say; what was opened stays open until they change."""
    encoding, headerless = chosen(upload, "encoding"), chosen(upload, "headerless")
    wanted = (upload.file_id, encoding, headerless)
    if st.session_state.get(OPENED, (None,))[0] != wanted:
        file = imports.open_upload(upload, upload.name, encoding, headerless or None)
        st.session_state[OPENED] = (wanted, file)
    fields = {name: chosen(upload, name) for name in (*FIELDS, "date_format", "tz")}
    if chosen(upload, "source_name"):
        fields["source"] = chosen(upload, "source_name")
    return imports.read(st.session_state[OPENED][1], Options(**fields))


def show_reading(upload: UploadedFile, reading: Reading) -> None:
    """The first rows, the questions, the button, and what can be changed."""
    st.header("The first rows", anchor=False)
    st.dataframe(reading.preview, hide_index=True, alt="The first rows as documents")
    for note in reading.notes:
        st.caption(plain(note))
    for question in reading.plan.questions:
        st.warning(plain(question), icon=":material/help:")
    is_update = sign_in.signed_in().is_admin and st.checkbox(
        "Replace documents whose text was edited", help=OWN_TEXTS["import_update"]
    )
    if st.button("Import", type="primary", disabled=bool(reading.plan.questions)):
        running = FileImport(imports.client_of(sign_in.signed_in()), reading, is_update)
        running.start()
        st.session_state[RUNNING] = running
        st.rerun()
    show_columns(upload, reading)
    show_options(upload, reading.plan.questions)


def show_columns(upload: UploadedFile, reading: Reading) -> None:
    """A column for each field."""
    st.header("Columns", anchor=False)
    for name, place in zip(FIELDS, cycle(st.columns(2)), strict=False):
        found = reading.plan.fields.get(name, NO_COLUMN)
        columns = [*([] if name == "text" else [NO_COLUMN]), *reading.file.columns]
        with place:
            st.selectbox(
                FIELD_LABELS.get(name, name.capitalize()),
                ["", *columns],
                format_func=partial(_choice, found),
                key=key(upload, name),
            )
    st.text_input(
        "Source of all rows", key=key(upload, "source_name"), placeholder=reading.plan.source
    )


def _choice(found: str, column: str) -> str:
    """What the viewer chooses: a column, none, or what was found."""
    return "no column" if column == NO_COLUMN else column or f"as found: {found}"


def show_options(upload: UploadedFile, questions: Sequence[str]) -> None:
    """How the file is read, open if that is a question."""
    with st.expander("Encoding, dates and time zone", expanded=bool(questions)):
        st.selectbox(
            "Encoding",
            ["", *imports.ENCODINGS],
            format_func=lambda one: one or "as found",
            key=key(upload, "encoding"),
        )
        st.checkbox("The first row has no names of columns", key=key(upload, "headerless"))
        st.selectbox(
            "Order of numeric dates",
            list(DATE_FORMATS),
            format_func=DATE_FORMATS.__getitem__,
            key=key(upload, "date_format"),
        )
        st.selectbox(
            "Zone of times without one",
            ["", *sorted(available_timezones())],
            format_func=lambda one: one or "UTC",
            key=key(upload, "tz"),
        )


def show_running(running: FileImport, is_live: bool) -> None:
    """The fragment, which refreshes while rows are sent (`is_live`)."""
    if running.is_running:
        st.progress(running.share, running.progress)
        st.caption(OWN_TEXTS["import_goes_on"])
        return
    if is_live:
        st.rerun()  # the whole page, which then refreshes no more
    if running.error:
        st.error(running.error.message, icon=":material/error:")
        if st.button("Continue", help=OWN_TEXTS["import_continue"]):
            running.start()
            st.rerun()
    show_result(running)
    if st.button("Import another file"):
        del st.session_state[RUNNING]
        st.session_state.pop(OPENED, None)  # its copy of the upload on disk
        st.rerun()


def show_result(running: FileImport) -> None:
    """What became of the rows, and those that were refused."""
    first, *reasons = running.summary
    is_whole = not running.error and not running.account.refused
    (st.success if is_whole else st.warning)(plain(first))
    for reason in reasons:
        st.caption(plain(reason))
    if running.rejected:
        st.write(OWN_TEXTS["rejected_rows"])
        st.download_button(
            "Download the refused rows",
            running.rejected,
            f"{running.file.name}.rejected.csv",
            "text/csv",
            on_click="ignore",
        )
    if running.account.lake_only:
        st.info(OWN_TEXTS["import_lake_only"])


page()
