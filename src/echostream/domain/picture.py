"""Pictures in messages."""

import base64
from dataclasses import dataclass
from typing import Any

CONTENT_TYPE = "image/png"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG. `alt` says what it shows, for those who do not see it."""

    data: bytes
    width: int
    height: int
    alt: str

    def to_wire(self) -> dict[str, Any]:
        """The picture as JSON."""
        return {
            "content_type": CONTENT_TYPE,
            "width": self.width,
            "height": self.height,
            "alt": self.alt,
            "data": base64.b64encode(self.data).decode(),
        }
