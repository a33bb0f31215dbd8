"""Tests that fail on moto, always or now and then, and what it does differently."""

DIFFERENCES = {
    "test_address_has_one_subscription": (
        "Subscribe with other attributes returns the existing subscription; SNS refuses it"
    ),
}
UNRELIABLE = {
    "test_concurrent_reservations_stay_within_the_cap": (
        "a conditional UpdateItem is not atomic, so that threads can pass the cap"
    ),
}
