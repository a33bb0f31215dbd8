"""Asks the questions: what they cost, the consent, the answers, and what is left behind."""

from collections.abc import Iterable, Mapping, Sequence

from echostream_cli import command, console, stages
from echostream_cli.costs.bill import add, make_bill
from echostream_cli.deploy import preflight
from echostream_cli.doctor import parity, suite
from echostream_cli.doctor.aws import answers, leftovers
from echostream_cli.doctor.aws.all_questions import QUESTIONS
from echostream_cli.doctor.aws.context import PREFIX, Run, TargetEndpoint
from echostream_cli.doctor.aws.leftovers import Leftover, Search
from echostream_cli.doctor.aws.questions import ERROR, Answer, Question, ask
from echostream_cli.doctor.probes import WORKS, Finding
from echostream_cli.settings import load_running
from echostream_cli.target import Target

SMALLEST_BILL = 0.01
"""Dollars: a lower bill is printed as this, because AWS rounds up to cents."""
CLEAN_COMMAND = "make doctor AWS=1 CLEAN=1"


def run(stage: str, endpoint: str, yes: bool, clean: bool, json: bool) -> int:
    """Ask all questions of a stage's account, or only delete what a run before left.

    Returns the exit code: 1 if a question could not be asked, or something is left behind or could
    not be listed. Raises `UserError` if the account is not the stage's or the user says no.
    """
    target, account = _target(stage, endpoint)
    with command.steps_to_stderr(json):
        with console.step("credentials") as note:
            note.append(preflight.check_credentials(target, account))
        before = leftovers.find(target).found
        show_leftovers(before)
        if not clean:
            show_bill(QUESTIONS)
        question = "Delete these?" if clean else f"Ask these of {target.where()}?"
        if before or not clean:
            console.confirm(question, yes)
        leftovers.delete(before)
        found = {} if clean else ask_all(target, QUESTIONS)
        left = leftovers.wait_until_gone(target)
        name = "" if clean else record(target, found)
    if json:
        findings = {name: answer.finding for name, answer in found.items()}
        command.print_json({"engine": name, "answers": to_json(findings, QUESTIONS)})
    else:
        show(found, QUESTIONS)
    with command.steps_to_stderr(json):
        show_remaining(left)
    has_error = any(answer.finding.verdict == ERROR for answer in found.values())
    return 1 if has_error or not left.is_clean else 0


def _target(stage: str, endpoint: str) -> tuple[Target, str]:
    """The deployment, and the account that it must be in (empty: any)."""
    running = load_running()
    if endpoint and not stage and endpoint == running.target.endpoint:
        return running.target, ""
    loaded = stages.load(stage or "staging")
    return loaded.target(endpoint), loaded.account


def show_bill(questions: Sequence[Question]) -> None:
    """Print what the questions create, and the most that they cost."""
    print(f"\n  Creates, each with a name that begins with {PREFIX}, and deletes at the end:")
    for creates in dict.fromkeys(item.creates for item in questions if item.creates):
        print(f"    {creates}")
    bill = make_bill(add(*(item.usage for item in questions)))
    print("\n  The most that it costs (us-east-1, without the free tier):")
    rows = [
        (line.part, line.what, f"{line.quantity:g} {line.unit}", f"${line.dollars:.5f}")
        for line in bill.lines
    ]
    console.table(("part", "what", "quantity", "dollars"), rows, right={2, 3}, indent=4)
    print(f"\n  In total at most ${max(bill.total, SMALLEST_BILL):.2f}.")


def show_leftovers(left: Iterable[Leftover]) -> None:
    """Print what a run before left behind."""
    for one in left:
        print(f"  left by a run before, is deleted first: {one.kind} {one.name}")


def show_remaining(left: Search) -> None:
    """Print what is left behind, and what could not be listed."""
    if left.is_clean:
        print("  nothing is left of a run")
    for one in left.found:
        print(f"  NOT DELETED: {one.kind} {one.name}; delete it with: {CLEAN_COMMAND}")
    for error in left.not_listed:
        print(f"  NOT LISTED, so something may be left: {error}")


def ask_all(target: Target, questions: Sequence[Question]) -> dict[str, Answer]:
    """The answer to each question, by its name. Everything is deleted, also after Ctrl-C."""
    stack = target.settled_stack()
    outputs = target.outputs() if stack else {}
    found: dict[str, Answer] = {}
    with Run(target, outputs) as run:
        for item in questions:
            with console.step(item.name) as note:
                found[item.name] = answer = ask(item, run)
                note.append(answer.finding.verdict)
        return found


def record(target: Target, found: Mapping[str, Answer]) -> str:
    """Save the answers and write docs/parity.md anew; the name of who answered."""
    name = answers.AWS if target.endpoint is None else suite.name_of(TargetEndpoint(target))
    findings = {question: answer.finding for question, answer in found.items()}
    if parity.save_run(name, findings, answers.FILE):
        parity.PAGE.write_text(parity.page())
    return name


def show(found: Mapping[str, Answer], questions: Sequence[Question]) -> None:
    """Print the answers with the full messages."""
    if found:
        print()
        console.table(("answer", "service", "question"), rows(found, questions), indent=2)
        print(f"\n  written without account ids and names, to be shared: {answers.FILE}")


def rows(found: Mapping[str, Answer], questions: Sequence[Question]) -> Iterable[tuple[str, ...]]:
    """A row for each answer; for one that is not `works` also the message and the remedy."""
    for item in questions:
        answer = found[item.name]
        yield answer.finding.verdict, item.service, item.behaviour
        yield "", "", f"  {answer.message}"
        if answer.finding.verdict != WORKS:
            yield "", "", f"  what to do: {item.remedy}"


def to_json(findings: Mapping[str, Finding], questions: Sequence[Question]) -> list[dict[str, str]]:
    """The questions with their answers, without private names."""
    return [
        {
            "name": item.name,
            "service": item.service,
            "behaviour": item.behaviour,
            "verdict": findings[item.name].verdict,
            "detail": findings[item.name].detail,
            "remedy": item.remedy,
        }
        for item in questions
        if item.name in findings
    ]
