"""The write units that one partition takes: 1,000 a second."""

from dataclasses import dataclass

UNITS_A_SECOND = 1_000.0
"""DynamoDB's limit of a partition."""


@dataclass
class PartitionCapacity:
    """The units that are left now. Unused units are kept for one second.

    AWS keeps those of up to 300 seconds, but does not promise them.
    """

    left: float = UNITS_A_SECOND
    at: float = 0.0

    def has(self, units: float, now: float) -> bool:
        """Whether a write of some units is admitted at a time; it is not taken yet."""
        self.left = min(UNITS_A_SECOND, self.left + (now - self.at) * UNITS_A_SECOND)
        self.at = now
        return self.left >= min(units, UNITS_A_SECOND)

    def take(self, units: float) -> None:
        """Take units that are admitted."""
        self.left -= units
