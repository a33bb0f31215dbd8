"""The model on Bedrock: requests, retries, and what is reserved and spent."""

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from echostream.adapters import bedrock
from echostream.adapters.bedrock import MAX_SECONDS, BedrockModel, TokenPrices
from echostream.domain.digest.prompt import MAX_OUTPUT_TOKENS, Prompt
from echostream.domain.digest.writing import ModelFailed
from echostream.domain.spend import ALL_TENANTS, BEDROCK, SpendGuard, account_of
from tests.builders import NOW
from tests.fakes import MemoryLedger

PROMPT = Prompt("Write.", "<facts>{}</facts>", "write_digest", {"type": "object"})
PRICES = TokenPrices(0.035, 0.14)
CAP = 10_000
MONTH = f"{NOW:%Y-%m}"


def answer(content=None, tokens=(1_000, 100), headers=()):
    """A response of Converse with a tool's input."""
    blocks: list[dict[str, Any]] = [{"text": "Here it is."}]
    if content is not None:
        blocks.append({"toolUse": {"toolUseId": "1", "name": "write_digest", "input": content}})
    return {
        "output": {"message": {"role": "assistant", "content": blocks}},
        "usage": {"inputTokens": tokens[0], "outputTokens": tokens[1]},
        "ResponseMetadata": {"HTTPHeaders": dict(headers)},
    }


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": code}}, "Converse")


class Client:
    """A client of bedrock-runtime that returns, or raises, one answer after the other."""

    def __init__(self, *answers):
        self._answers = itertools.chain(answers, itertools.repeat(answers[-1]))
        self.requests = []

    def converse(self, **request):
        self.requests.append(request)
        found = next(self._answers)
        if isinstance(found, Exception):
            raise found
        return found


def model(client, ledger=None, cap=CAP, clock=lambda: 0.0):
    guard = SpendGuard(ledger or MemoryLedger(), "acme", cap, CAP, service=BEDROCK)
    return BedrockModel(client, "nova", guard, PRICES, lambda _: None, clock)


def spent(ledger):
    """Millionths of a dollar of the tenant; those of all tenants are the same."""
    of_tenant = ledger.spent(account_of("acme", BEDROCK), MONTH)
    assert ledger.spent(f"{BEDROCK}#{ALL_TENANTS}", MONTH) == of_tenant
    return of_tenant


def test_model_gets_the_prompt_and_returns_the_tools_input():
    """The tool is forced, the text has its own block, and the length is bounded."""
    client = Client(answer({"sentences": []}))
    assert model(client).write(PROMPT, NOW) == {"sentences": []}
    (request,) = client.requests
    assert request["modelId"] == "nova"
    assert request["system"] == [{"text": "Write."}]
    assert request["messages"] == [{"role": "user", "content": [{"text": PROMPT.text}]}]
    assert request["toolConfig"]["toolChoice"] == {"tool": {"name": "write_digest"}}
    assert request["inferenceConfig"]["maxTokens"] == MAX_OUTPUT_TOKENS


def test_what_was_spent_stays_reserved():
    """The tokens of the response, at their prices; Comprehend's accounts are others."""
    ledger = MemoryLedger()
    model(Client(answer({})), ledger).write(PROMPT, NOW)
    assert spent(ledger) == 49  # 1,000 tokens at $0.035 and 100 at $0.14 a million
    assert ledger.spent(account_of("acme"), MONTH) == ledger.spent(ALL_TENANTS, MONTH) == 0


def test_nothing_is_called_at_the_cap():
    """The most that a call can cost must fit."""
    client = Client(answer({}))
    with pytest.raises(ModelFailed, match="spend_cap"):
        model(client, cap=100).write(PROMPT, NOW)
    assert client.requests == []


@pytest.mark.parametrize(
    "failure",
    [
        refusal("ThrottlingException"),
        refusal("ServiceUnavailableException"),
        EndpointConnectionError(endpoint_url="https://x"),
    ],
    ids=repr,
)
def test_throttle_is_retried_and_costs_nothing(failure):
    """Until the third attempt."""
    ledger = MemoryLedger()
    assert model(Client(failure, failure, answer({"a": 1})), ledger).write(PROMPT, NOW) == {"a": 1}
    assert spent(ledger) == 49
    client, ledger = Client(failure), MemoryLedger()
    with pytest.raises(ModelFailed, match="bedrock_unavailable"):
        model(client, ledger).write(PROMPT, NOW)
    assert len(client.requests) == bedrock.MAX_ATTEMPTS
    assert spent(ledger) == 0


def test_lost_response_may_have_cost():
    """What was reserved for it stays reserved."""
    ledger = MemoryLedger()
    lost = ReadTimeoutError(endpoint_url="https://x")
    model(Client(lost, answer({})), ledger).write(PROMPT, NOW)
    assert spent(ledger) > 49 + MAX_OUTPUT_TOKENS * PRICES.output


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_refusal_is_final(code):
    """It is named, and costs nothing."""
    client, ledger = Client(refusal(code)), MemoryLedger()
    with pytest.raises(ModelFailed, match=f"bedrock_{code}"):
        model(client, ledger).write(PROMPT, NOW)
    assert len(client.requests) == 1
    assert spent(ledger) == 0


def test_answer_without_the_tool_is_no_content():
    """The domain refuses it."""
    assert model(Client(answer())).write(PROMPT, NOW) is None


def test_no_attempt_begins_after_the_time_of_a_request():
    """The API would not wait for it."""
    times = iter([0.0, 1.0, MAX_SECONDS + 1])
    client = Client(refusal("ThrottlingException"))
    with pytest.raises(ModelFailed, match="bedrock_unavailable"):
        model(client, clock=lambda: next(times)).write(PROMPT, NOW)
    assert len(client.requests) == 1


def test_stand_in_has_a_name_of_its_own():
    """A digest says which model wrote it."""
    made = model(Client(answer({}, headers={"x-echostream-model": "echostream-draft-1"})))
    made.write(PROMPT, NOW)
    assert made.name == "echostream-draft-1"
