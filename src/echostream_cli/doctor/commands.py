"""Checks the machine and probes the running engine: `python -m echostream_cli.doctor --help`."""

import argparse
import sys
from collections import Counter

from echostream_cli.doctor import machine, parity, suite
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import PROBES
from echostream_cli.errors import UserError
from echostream_cli.sandbox import runtime
from echostream_cli.settings import Settings, load_running

WORDS = {True: "ok", False: "NO", None: "-"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m echostream_cli.doctor", description=__doc__)
    parser.add_argument("--endpoint", help="probe what answers here instead of the sandbox")
    parser.add_argument(
        "--aws",
        action="store_true",
        help="probe AWS itself, with the shell's credentials: makes and removes small things"
        " there, for some cents",
    )
    return parser.parse_args()


def check_machine(settings: Settings) -> bool:
    """Print every check; whether the machine is fit."""
    found = list(machine.checks(settings))
    for one in found:
        print(f"  {WORDS[one.fit]:<8} {one.what:<16} {one.found}")
    return all(one.fit is not False for one in found)


def probe(engine: Endpoint, where: str) -> None:
    """Run all probes, print the table, and bring docs/parity.md up to date."""
    name = suite.name_of(engine, where)
    print(f"\n{name}:")
    findings = suite.run_all(engine)
    print(suite.table(findings))
    counted = Counter(found.verdict for found in findings.values())
    print("\n  " + ", ".join(f"{number} {verdict}" for verdict, number in counted.most_common()))
    if parity.keep(name, findings):
        parity.PAGE.write_text(parity.page(parity.load(), PROBES))
        print(f"  written: {parity.PAGE}")
    else:
        print(f"  {parity.PAGE} says so already")


def main() -> None:
    given = arguments()
    try:
        settings = runtime.running(load_running())
        fit = check_machine(settings)
        where = "" if given.endpoint or given.aws else _where(settings)
        endpoint = None if given.aws else given.endpoint or settings.endpoint
        probe(Endpoint(endpoint, settings.aws_region), where)
    except UserError as error:
        sys.exit(f"error: {error}")
    sys.exit(0 if fit else 1)


def _where(settings: Settings) -> str:
    return "in containers" if settings.in_docker else "without containers"


if __name__ == "__main__":
    main()
