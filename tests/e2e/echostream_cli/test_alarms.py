"""From a document to its request, and from what happened to the signal that says so."""

import json
from datetime import UTC, datetime

from echostream_cli.operate import alarms
from tests import commands
from tests.polling import wait_until


def events_of(settings, function, pattern):
    """Log lines of a function that match, as soon as there are any."""
    pages = settings.target.client("logs").get_paginator("filter_log_events")
    group = f"/aws/lambda/{settings.stack_name}-local-{function}"

    def lines():
        asked = {"logGroupName": group, "filterPattern": f'"{pattern}"'}
        found = [event["message"] for page in pages.paginate(**asked) for event in page["events"]]
        return [json.loads(line) for line in found if line.startswith("{")]

    assert wait_until(lines), f"nothing in {group} about {pattern}"
    return lines()


def now(settings):
    return {signal.name: signal for signal in alarms.read(settings.target, datetime.now(UTC))}


def test_a_document_leads_to_its_request_and_to_what_was_counted(settings, client, name):
    """The line that names the document has the request's id; so has the line of metrics."""
    client.ingest([{"id": name, "text": f"a secret of {name}"}])
    (line,) = events_of(settings, "processor", name)
    assert line["message"] == "ingested"
    request = line["correlation_id"]
    assert len(request) > 10
    lines = events_of(settings, "processor", request)
    counted = next(found for found in lines if "_aws" in found)
    assert (counted["Accepted"], counted["Stored"], counted["Failed"]) == ([1], [1], [0])
    assert 0 < counted["Lag"][0] < 60
    assert "a secret of" not in json.dumps(lines)


def test_a_repeat_is_accepted_and_not_stored_again(settings, client, name):
    """What callers are told and what happened are counted apart."""
    client.ingest([{"id": name, "text": "once"}])
    client.ingest([{"id": name, "text": "once"}, {"text": ""}])
    requests = [line["correlation_id"] for line in events_of(settings, "processor", name)]
    again = events_of(settings, "processor", requests[-1])
    counted = next(found for found in again if "_aws" in found)
    found = (counted["Accepted"], counted["Stored"], counted["Rejected"])
    assert found == ([1], [0], [1])
    assert "Lag" not in counted


def test_signals_of_a_sandbox_that_works(settings, client, name):
    """Data comes in, nothing waits; each signal names its entry of the runbook."""
    client.ingest([{"id": name, "text": "here"}])
    events_of(settings, "processor", name)
    found = now(settings)
    assert found["no-data"].state == "ok"
    assert found["no-data"].value >= 1
    assert found["lag"].value > 0
    assert found["dead-letters"].value == 0
    assert [name for name, one in found.items() if f"docs/runbook.md#{name}" not in one.why] == []


def test_what_a_schedule_failed_at_waits_in_the_queue_and_is_an_alarm(settings, sandbox):
    """After its last try the event is in the queue, with the reason; `make signals` fails."""
    sqs, queue = settings.target.client("sqs"), settings.target.resource("DeadLetters")
    function = settings.target.resource("CompactFunction")
    settings.target.client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=b'{"id": "no time"}'
    )
    try:
        assert wait_until(lambda: now(settings)["dead-letters"].state == "alarm")
        done = commands.run(settings.environment(), "alarms")
        assert done.returncode == 1
        assert "alarm   Dead letters" in done.stdout
        letter = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
        assert letter["requestPayload"] == {"id": "no time"}
        assert "time" in letter["responsePayload"]["errorMessage"]
    finally:
        sqs.purge_queue(QueueUrl=queue)
    assert now(settings)["dead-letters"].state == "ok"


def test_a_function_that_raises_is_counted_and_named(settings, sandbox):
    """A crash is a failed call, and a crash of that function."""
    before = now(settings)["query-crashes"].value
    function = settings.target.resource("QueryFunction")
    answer = settings.target.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    assert answer["FunctionError"]
    events_of(settings, "query", "Failed")
    found = now(settings)
    assert found["query-crashes"].value == before + 1
    assert found["errors"].value > 0


def test_without_a_sandbox_the_error_says_so(settings, tmp_path):
    """Nobody answers: no traceback, but what to look at."""
    done = commands.run(
        {**settings.environment(), "STATE_DIR": str(tmp_path), "EMULATOR_PORT": "9"},
        "alarms",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: no sandbox is running here")
