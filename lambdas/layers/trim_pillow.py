"""Removes from Pillow what draws no picture: codecs of other formats, bindings to Tk, arithmetic.

The arithmetic, PIL.ImageMath, needs glibc 2.27, and Lambda's runtime python3.11 has 2.26.
The rest is unmodified. What its own libraries need stays, also for formats that nobody writes.
"""

import shutil
import sys
from pathlib import Path

UNUSED = (
    *(
        f"PIL/{name}.*.so"
        for name in ("_avif", "_webp", "_imagingcms", "_imagingmath", "_imagingtk")
    ),
    *(f"pillow.libs/{name}*" for name in ("libavif", "libwebp", "libsharpyuv", "liblcms2")),
)


def trim_pillow(root: Path) -> None:
    """Trim Pillow in `root`, as installed, and put its licence, with those of libraries, there."""
    [licence] = root.glob("pillow-*.dist-info/licenses/LICENSE")
    shutil.copyfile(licence, root / "PIL" / "LICENSE")
    for pattern in UNUSED:
        found = list(root.glob(pattern))
        if not found:
            raise SystemExit(f"{pattern}: not in the wheel; change UNUSED in {__file__}")
        for path in found:
            path.unlink()


if __name__ == "__main__":
    trim_pillow(Path(sys.argv[1]))
