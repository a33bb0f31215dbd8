"""Texts, colours and numbers of the dashboard. Both frontends share those in site/messages.json."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from babel import Locale

from echostream.domain.languages import UNDETERMINED
from echostream_cli.paths import ROOT

SHARED: dict[str, Any] = json.loads((ROOT / "site" / "messages.json").read_text("utf-8"))
LABELS: dict[str, str] = {one["name"]: one["label"] for one in SHARED["sentiments"]}
COLOURS: dict[str, str] = {one["name"]: one["colour"] for one in SHARED["sentiments"]}
"""Okabe and Ito's colours, which colour-blind people can distinguish."""
SENTIMENTS = tuple(LABELS)
"""The four sentiments, and UNSCORED of documents without a score."""
PERIOD_ERRORS: dict[str, str] = SHARED["period_errors"]
SECONDS: dict[str, float] = SHARED["seconds"]
FALLBACKS: dict[str, str] = SHARED["fallbacks"]
OWN_ERRORS = {
    "unreachable": "The service did not respond. `make status` shows what runs here.",
    "no_credentials": "This page needs an operator's AWS credentials. The shell that started the"
    " dashboard has none, or they do not permit this request. Sign in to AWS in that shell (aws sso"
    " login, or set AWS_PROFILE), then start the dashboard again.",
    "no_sandbox": "The dashboard found no deployed stack: {detail}",
    "not_changed": "Nothing was changed. {detail}",
    "not_sent": "The test message was not sent. {detail}",
    "not_imported": "This file was not imported. {detail}",
    "admin_needed": "This needs the role admin, which this account does not have. Ask an admin of"
    " your tenant.",
}
"""Messages of errors that only the dashboard has, or has another message for."""
ERRORS: dict[str, str] = {**SHARED["errors"], **OWN_ERRORS}
"""Messages by kind of `ServiceError`, with `{detail}` and `{status}` to fill in."""
PERMANENT_ERRORS: list[str] = [
    *SHARED["permanent_errors"],
    *("not_changed", "not_imported", "not_sent", "admin_needed"),
]
ERROR_OF_CODE: dict[str, str] = SHARED["error_of_code"]
ERROR_OF_STATUS: dict[int, str] = {
    int(status): kind for status, kind in SHARED["error_of_status"].items()
}
TEXTS: dict[str, str] = SHARED["texts"]
OWN_TEXTS = {
    "person": "Person",
    "machine": "Machine user",
    "author": "Author",
    "document": "Document",
    "running": "Running",
    "settling": "Waiting for the second round",
    "done": "Done",
    "changing": "Changing…",
    "shown_once": "Copy this now. It is not stored, and is not shown again.",
    "sign_in_address": "Sign-in address",
    "user_name": "User name",
    "temporary_password": "Temporary password: for one sign-in within 7 days",
    "invited": "{name} is now a member. Send them the values below in a private message.",
    "roles_changed": "The roles of {name} are changed. They take effect within a minute.",
    "removed": "{name} is removed. Access ends within a minute.",
    "machine_created": "The machine user {name} is created.",
    "machine_rotated": "{name} has new credentials. The previous ones stay valid until the next"
    " rotation.",
    "machine_rotated_now": "{name} has new credentials. All others are invalid.",
    "erasing": "{name} is being erased. The list shows when that is done.",
    "maybe_changed": "The change may have been made. Check the list before you try"
    " again. If credentials of a machine user were not shown, make new ones. If the signing secret"
    " of a webhook was not shown, remove the webhook and add it again.",
    "name_rule": "1 to 64 letters, digits and . _ @ + -, beginning with a letter or a digit.",
    "machine_users": "Programs sign in as machine users, with a client id and a secret.",
    "no_people": "No person is a member of this tenant.",
    "no_machines": "This tenant has no machine users. Create one for a program that sends or reads"
    " documents.",
    "rotation": "Otherwise the previous credentials stay valid until the next rotation, so that"
    " the program can change to the new ones.",
    "ask_person": "Remove the person",
    "ask_machine": "Remove the machine user",
    "ask_source": "Remove the source",
    "remove_source": "Remove {name}? Its credentials are deleted too. Documents stay.",
    "source_added": "{name} is added. The producer reads it within a minute.",
    "source_paused": "{name} is paused.",
    "source_resumed": "The producer reads {name} within a minute.",
    "source_removed": "{name} is removed. Its documents stay.",
    "source_name_rule": "1 to 63 lower-case letters, digits and hyphens.",
    "source_hosts": "A source may read the hosts that the operator of this deployment allows.",
    "no_live_sources": "Nothing is read for this tenant. An admin adds a source below.",
    "no_producer": "Nothing reads live sources here. In a sandbox: `make up PRODUCER=on`. On AWS an"
    " operator deploys with `Producer=true`.",
    "ask_destination": "Remove the destination",
    "remove_destination": "Remove {name}? It gets no more messages. Its address and signing secret"
    " are deleted too.",
    "destination_added": "{name} is added. Send a test message to see whether it works.",
    "destination_pending": "{name} is added. AWS sends a message to the address, which must confirm"
    " it. Until then it gets no alerts and no reports.",
    "destination_tested": "A test message was sent to {name}.",
    "destination_removed": "{name} is removed. It gets no more messages.",
    "signing_secret": "Signing secret, with which the webhook verifies signatures",
    "secret_address": "The address is a credential. It is stored as a secret, and only its host is"
    " shown.",
    "sends": "Alerts within minutes after an hour was compared; the report of the day before each"
    " morning, that of the week before on Mondays. At least one.",
    "sends_empty": "What is sent: choose at least one.",
    "with_texts": "Messages quote up to three documents for each alert and report. Slurs and"
    " personal data are masked; masking finds most of them, and not all.",
    "no_destinations": "Alerts and reports of this tenant are sent nowhere: it has no destination."
    " A destination is an e-mail address, a webhook or a Slack channel. Admins of the tenant add"
    " destinations on this page.",
    "remove_person": "Remove {name}? They can no longer sign in. Documents stay.",
    "remove_machine": "Remove {name}? Programs with its credentials are refused. Documents stay.",
    "erasures": "An erasure deletes an author's documents, or one document, from every store. It"
    " cannot be undone. It runs in two rounds, the second a quarter of an hour after the first. The"
    " list does not show names.",
    "no_erasures": "Nothing was erased yet.",
    "erase_empty": "Enter the name of an author or the id of a document.",
    "erase_differs": "The two entries differ. Enter the same name or id twice.",
    "own_period": "A period of your choice",
    "same_period": "Both sides are the same period. Choose another period for side B.",
    "same_source": "Both sides are the same source. Choose another source for side B.",
    "too_few_sources": "A comparison needs two sources, and this period has {sources}. Choose a"
    " longer period, or compare periods.",
    "overlap": "The periods overlap: documents from {start} to {end} are on both sides.",
    "no_documents_on_side": "{side} has no documents from {times}: none was sent, or they are no"
    " longer kept. Choose another period.",
    "no_match_on_side": "{side} has no documents that match from {times}. Choose another period,"
    " another source, or all sentiments.",
    "no_term_on_side": "No term is more frequent in {side} than in {other}, beyond chance. A term"
    " needs at least five documents.",
    "no_comparable_term": "Terms are compared if both sides have documents.",
    "no_theme_of_a": "Side A has no documents, so it has no theme.",
    "documents_of_a": "The documents are those of side A.",
    "difference": "The difference is A less B; that of shares is in percentage points.",
    "choose_comparison": "Choose another comparison.",
    "points": "Percentage points: the share less that in the documents compared with.",
    "mask": "Replaces e-mail addresses, phone and card numbers, names that follow an at sign, and"
    " slurs in texts and terms, and hides authors. It finds most of them, and not all.",
    "choose_theme": "Select a row to see documents of the theme; by keyboard: arrows, then Shift"
    " and Space.",
    "choose_term": "Select a row to see documents with the term.",
    "model_spend": "Language models have cost ${used:,.4f} of ${limit:,.2f} this month (UTC).",
    "digest_query": "The filters and the comparison above apply.",
    "digest_removed": "The last digest belonged to other filters, another comparison or another"
    " masking, and was removed.",
    "aspects_vader": "The sentiment of a clause comes from VADER. VADER misses most factual"
    " complaints, such as “it broke after a week”. The numbers of documents that criticise are"
    " therefore too low.",
    "aspects_sample": "The aspects are those of a sample: {read} of about {documents} were read.",
    "no_aspect": "There is no aspect: an aspect needs at least three documents that name it, and"
    " one of them must praise or criticise it.",
    "choose_aspect": "Select a row to see sentences that praise or criticise the aspect.",
    "compare_now": "`make alerts` compares them now.",
    "choose_alert": "Select a row to see the documents behind the alert; by keyboard: arrows, then"
    " Shift and Space.",
    "peak_hour": "In the hour that differs most.",
    "how_unusual": "The largest difference from what is expected, in standard deviations. An alert"
    " has at least 5.",
    "alert_newest": "The newest documents of these hours, at most {number}.",
    "alert_newest_of": "The newest documents of these hours with the sentiment {sentiment}, at most"
    " {number}: the mean score moved to that side.",
    "alert_no_documents": "There are no documents of these hours: none were sent, or they are past"
    " the retention. The page History finds older documents.",
    "alert_no_match": "No document of these hours has the sentiment {sentiment}.",
    "alert_of_theme": "The API cannot select the documents of a theme: these are all of the hours.",
    "alerts_failed": "Alerts were not loaded. The page Alerts says why.",
    "choose_value": "Choose a value",
    "no_rating": "No document of this period has a rating, so there is nothing to compare. Import a"
    " file with a column of stars: `make import FILE=reviews.csv RATING=stars` names the column."
    " In a sandbox, `make seed DATASET=reviews` sends reviews with ratings.",
    "no_newest_rating": "None of the newest documents of this period has a rating. Choose a"
    " shorter period that has some.",
    "no_scored_rating": "The documents with a rating have no score: the engine does not know their"
    " language.",
    "ratings_read": "This period has {documents} with a rating.",
    "ratings_newest": "The period has more documents than were read: these are the newest"
    " {documents} with a rating.",
    "ratings_unscored": "{documents} of them have no score and are not counted here.",
    "ratings_disagree": "The rating of {number} ({share}) disagrees with the score: at least 4"
    " stars and negative, or at most 2 and positive. Their cells have a frame.",
    "ratings_listed": "The newest {documents}. The page Explore has all: choose the rating there.",
    "choose_rated": "Select a row to read its document; by keyboard: arrows, then Shift and Space.",
    "import_files": "CSV, TSV, JSON, JSON Lines, Excel (.xlsx), Parquet, and zip or gz of these, up"
    " to 200 MB. A terminal has no such limit: `make import FILE=`.",
    "no_file": "Choose a file: an export of reviews, answers, comments or posts. The page shows its"
    " first rows before anything is sent.",
    "reading_file": "Reading the file",
    "writer_needed": "An import needs the role writer, which this account does not have. Ask an"
    " admin of your tenant.",
    "import_update": "Otherwise a row is refused if its id is stored with another text.",
    "import_progress": "{rows:,} rows sent, {rate:,.0f} rows a second",
    "import_goes_on": "The import goes on while you look at other pages. A page that is closed or"
    " reloaded shows it no more.",
    "import_continue": "Rows that are stored are not sent again.",
    "import_lake_only": "Documents that are older than the documents table keeps are in the lake"
    " only: the page History has them.",
    "rejected_rows": "Correct the refused rows and import their file as it is.",
    "no_praise": "No document praises it.",
    "no_criticism": "No document criticises it.",
}
"""Texts that only the dashboard uses."""
DIGEST_REASONS: dict[str, str] = SHARED["digest_reasons"]
"""Why rules wrote a digest, by the API's codes."""
GLOSSARY: dict[str, str] = SHARED["glossary"]
OWN_GLOSSARY = {
    "Enrichment": "An engine's result for a document: sentiment, scores and language.",
    "Tenant": "The owner of data. You see the documents of your own tenant only.",
    "Lake": "Files that contain every document, for years. The page History queries them with SQL.",
    "Quarantine": "The place for documents that cannot be processed, each with the reason.",
    "Emulator": "The program that replaces AWS on this machine.",
    "Companion": "A small server for the AWS services that the emulator lacks.",
    "Import": "Sends the rows of a file as documents. The same file again changes nothing.",
    "Live source": "A feed or a service that is read for this tenant again and again.",
    "Destination": "Where alerts and reports of a tenant are sent: e-mail, a webhook or Slack.",
    "Effect": "What a theme adds to the difference between the mean score and that of the documents"
    " compared with. The effects of all themes and of the documents without a theme add up to it.",
    "Aspect": "A noun phrase that at least three documents name, such as battery life.",
    "z score": "How clearly a term differs: the difference of the log-odds, divided by its"
    " standard deviation. It is negative if the term is less frequent.",
    "Unit": "What Amazon Comprehend charges for: 100 characters, at least 3 units per text.",
}
"""Terms that only the dashboard uses."""


def plain(text: str) -> str:
    """A text escaped for Markdown, on one line."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:@&^=])", r"\\\1", " ".join(text.split()))


def error_message(kind: str, detail: str = "", status: int | None = None) -> str:
    """The message of an error, in Markdown."""
    code = "no HTTP status" if status is None else f"HTTP {status}"
    return ERRORS[kind].format(detail=plain(detail), status=code)


def fallback(code: str | None) -> str:
    """The reason for a fallback; an unknown code unchanged."""
    return FALLBACKS.get(code or "", code or "")


def sentiment_name(document: Mapping[str, Any]) -> str:
    """The sentiment of a document or of a score; the language for which there is none."""
    if not document.get("unscored"):
        return LABELS[document["sentiment"]]
    code = (document.get("language") or "").split("-", maxsplit=1)[0].lower()
    name = None if code == UNDETERMINED else Locale("en").languages.get(code)
    return TEXTS["unscored_language"].format(language=name) if name else TEXTS["unscored"]


def plural(number: int, noun: str) -> str:
    """`1 document`, `2 documents`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """A duration in the largest unit that fits."""
    if seconds < 60:
        return plural(max(1, _rounded(seconds)), "second")
    if seconds < 5400:
        return plural(_rounded(seconds / 60), "minute")
    if seconds < 48 * 3600:
        return plural(_rounded(seconds / 3600), "hour")
    return plural(_rounded(seconds / 86400), "day")


def _rounded(number: float) -> int:
    """To the nearest whole number, halves up, as JavaScript rounds."""
    return math.floor(number + 0.5)
