"""The page Health: components, latency, spend, signals and the last log lines."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, sign_in
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.counted import Counted
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError
from dashboard.data.formatting import NONE, dollars, moment
from dashboard.data.health import (
    CALLS,
    CLOCK_TOLERANCE,
    LINES,
    Api,
    Health,
    Newest,
    load,
    logs,
    parts_table,
    signals_table,
)
from dashboard.data.messages import OWN_GLOSSARY, duration
from dashboard.data.spend import spend_table
from echostream_cli.target import FUNCTIONS

EVERY = 10.0
IN_SANDBOX = " The sandbox meters its stand-in like Amazon Comprehend, without charge."


def page() -> None:
    st.title("Health", anchor=False)
    run_every = EVERY if sign_in.is_open() else None
    st.fragment(show, run_every=run_every)()
    if deployment().shows_operations(sign_in.signed_in().tenant):
        st.header("Last log lines", anchor=False)
        function = st.selectbox(
            "Function", FUNCTIONS, key="health.function", persist_state="session"
        )
        st.fragment(show_logs, run_every=run_every)(function)
    else:
        st.info("Components, signals and logs concern all tenants. Only the operator sees them.")


def show() -> None:
    """The fragment that refreshes."""
    viewer, current = sign_in.signed_in(), deployment()
    poll: CachedPoll[Health] = components.poll("health")
    snapshot = poll.get("health", lambda: load(current, viewer, datetime.now(UTC)))
    components.show("health", snapshot, show_health)


def show_health(health: Health) -> None:
    show_numbers(health)
    if health.parts:
        st.header("Components", anchor=False)
        show_parts(health)
        st.header("Signals", anchor=False)
        show_signals(health)
    st.header("Spend this month", anchor=False, help=OWN_GLOSSARY["Unit"])
    show_spend(health)


def show_numbers(health: Health) -> None:
    api, newest, counted, spend = health.api, health.newest, health.counted, health.spend
    columns = st.columns(3)
    columns[0].metric(
        "API latency",
        NONE if isinstance(api, ServiceError) else f"{api.milliseconds:.0f} ms",
        help=f"The median of {CALLS} calls of `/health` from the dashboard.",
    )
    columns[1].metric(
        "Newest document",
        age_of(newest.created_at) if isinstance(newest, Newest) else NONE,
        help="The age of the newest document, by its sender's time.",
    )
    columns[2].metric(
        "Spent this month",
        NONE if isinstance(spend, ServiceError) else dollars(spend[0].dollars),
        help="The cost of paid engines for your tenant.",
    )
    parts = (api, newest, counted)
    for message in dict.fromkeys(p.message for p in parts if isinstance(p, ServiceError)):
        st.error(message, icon=":material/error:")
    if isinstance(counted, Counted):
        components.show_counted(counted)
    if isinstance(newest, Newest):
        st.caption(f"The newest document is from {moment(newest.created_at)}.")
    elif newest is None:
        st.info("There are no documents yet. `make seed N=1000` sends a thousand.")
    if isinstance(api, Api) and abs(api.clock_ahead) > CLOCK_TOLERANCE:
        way = "behind" if api.clock_ahead > 0 else "ahead of"
        st.warning(
            f"This machine's clock is {duration(abs(api.clock_ahead))} {way} the API's. Periods and"
            " ages on these pages follow this machine's clock."
        )


def age_of(time: datetime) -> str:
    return duration((datetime.now(UTC) - time).total_seconds())


def show_parts(health: Health) -> None:
    st.dataframe(
        parts_table(health.parts),
        hide_index=True,
        alt="Components of the deployment",
        placeholder=NONE,
        column_config={
            "Latency (ms)": st.column_config.NumberColumn(format="%.0f", width=130),
            "Since (UTC)": st.column_config.DatetimeColumn(
                format="YYYY-MM-DD HH:mm:ss", timezone="UTC"
            ),
            "Note": st.column_config.TextColumn(width="large"),
        },
    )
    sandbox = deployment().sandbox
    if sandbox and sandbox.in_docker:
        st.caption(
            "The dashboard runs in a container and shows only whether the other components respond."
            " `make status` and `make logs` show memory, restarts and logs of the containers."
        )


def show_signals(health: Health) -> None:
    if isinstance(health.alarms, ServiceError):
        st.warning(health.alarms.message)
        return
    alarms = [one.title for one in health.alarms if one.state == "alarm"]
    if alarms:
        st.error(f"In alarm: {', '.join(alarms)}", icon=":material/warning:")
    st.dataframe(
        signals_table(health.alarms),
        hide_index=True,
        alt="Signals and their alarm thresholds",
        column_config={
            "Now": st.column_config.TextColumn(width=140),
            "Alarm at": st.column_config.TextColumn(width=140),
            "What it means": st.column_config.TextColumn(width="large"),
        },
    )


def show_spend(health: Health) -> None:
    if isinstance(health.spend, ServiceError):
        st.warning(health.spend.message)
        return
    money = st.column_config.NumberColumn(format="$%.2f")
    st.dataframe(
        spend_table(health.spend),
        hide_index=True,
        alt="Spend this month against the caps",
        column_config={
            "Dollars": money,
            "Cap, dollars": money,
            "Used": st.column_config.ProgressColumn(format="%.1f%%", max_value=100),
            "Units": st.column_config.NumberColumn(format="localized"),
            "Cap, units": st.column_config.NumberColumn(format="localized"),
        },
    )
    st.caption(
        "At a cap, VADER scores new documents, and each of them records the fallback."
        + (IN_SANDBOX if deployment().sandbox else "")
    )


def show_logs(function: str) -> None:
    """The fragment that refreshes."""
    target = deployment().target
    poll: CachedPoll[list[str]] = components.poll("logs")
    snapshot = poll.get(function, lambda: logs(target, function, datetime.now(UTC)))
    components.show("logs", snapshot, show_lines)


def show_lines(lines: list[str]) -> None:
    if not lines:
        st.info("The function wrote no log lines in the last hour.")
        return
    st.caption(f"The last {LINES} lines of the last hour, newest last.")
    st.code("\n".join(lines), language=None, wrap_lines=True)


page()
