"""Memory and time-out of the functions, by the rule of docs/scale.md."""

from dataclasses import replace

import pytest

from echostream_cli.costs import template
from echostream_cli.scale import function_sizes
from echostream_cli.scale.function_sizes import NEEDS, Measured, Need, choose, seconds

SMALL = Measured("work", start=0.2, cpu=0.1, megabytes=80)
REQUEST, RUN = Need(29, 0.1), Need(600, 100.0, is_interactive=False)
CONDITIONAL = {"ProcessorFunction", "EraseFunction"}
"""Their time-outs depend on the stream, or are shorter on emulators."""
MEASURED = function_sizes.load()


@pytest.mark.parametrize("function", MEASURED)
def test_memory_is_that_of_the_rule(function):
    """A change of a handler that needs more is measured, and changes both."""
    chosen = choose(MEASURED[function], NEEDS[function])
    assert template.get_memory(function) == chosen


@pytest.mark.parametrize("function", template.list_functions())
def test_timeouts_are_those_of_the_rule(function):
    """They leave as much time again as the largest work takes."""
    assert (template.get_timeout(function) is None) == (function in CONDITIONAL)
    if function not in CONDITIONAL:
        assert template.get_timeout(function) == NEEDS[function].timeout


def test_all_functions_are_measured():
    """But the producer: what it reads is other people's."""
    assert {*MEASURED, "ProducerFunction"} == set(template.list_functions()) == set(NEEDS)


@pytest.mark.parametrize(
    ("measured", "need", "expected"),
    [
        (SMALL, REQUEST, 256),
        (replace(SMALL, start=0.3), REQUEST, 512),
        (SMALL, RUN, 256),
        (replace(SMALL, start=0.5), REQUEST, 1024),
        (replace(SMALL, cpu=5.0), REQUEST, 1024),
        (replace(SMALL, megabytes=310), REQUEST, 1024),
        (replace(SMALL, megabytes=155), RUN, 512),
        (replace(SMALL, cpu=50.0), RUN, 512),
        (replace(SMALL, cpu=20.0), REQUEST, None),
        (replace(SMALL, cpu=40.0), replace(RUN, is_interactive=True, parts=20), 1024),
        (SMALL, replace(REQUEST, least=1024), 1024),
    ],
)
def test_smallest_memory_that_satisfies_the_rule_is_chosen(measured, need, expected):
    """A start, the work, the memory and the time-out each have a limit."""
    assert choose(measured, need) == expected


def test_time_follows_the_share_of_a_cpu_up_to_one():
    """Waiting does not."""
    assert seconds(SMALL, REQUEST, 1769) == pytest.approx(0.4)
    assert seconds(SMALL, REQUEST, 3538) == pytest.approx(0.4)
    assert seconds(SMALL, REQUEST, 442) == pytest.approx(0.1 + 0.3 * 1769 / 442)
