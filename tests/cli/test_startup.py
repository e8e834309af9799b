"""What a command imports: a drawing with the defaults needs none of the packages that take long to import."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "cssselect2",
    "pathops",
    "rich",
    "scipy",
    "skimage",
    "tinycss2",
    "torch",
    "transformers",
}

PROGRAM = """
import sys
import numpy as np
from PIL import Image
from huefold.cli import main

rows, columns = np.mgrid[:24, :32]
Image.fromarray(np.stack([8 * columns, 9 * rows, 4 * (columns + rows)], axis=2).astype(np.uint8)).save("photo.png")
try:
    main(["vectorize", "photo.png", "-o", "drawing.svg", "--preset", "fast", "--paths", "8", "--quiet"])
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules)
"""


def test_a_drawing_with_the_defaults_imports_nothing_slow(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert (tmp_path / "drawing.svg").read_text().startswith("<svg")
    assert not HEAVY & set(ran.stdout.split())
