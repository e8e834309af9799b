"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from huefold.files import write_atomically


@pytest.mark.skipif(os.name != "posix", reason="sets POSIX permissions")
def test_overwriting_keeps_who_may_read(tmp_path):
    target = tmp_path / "private.svg"
    target.write_text("old")
    target.chmod(0o600)
    write_atomically(target, "new")
    assert (stat.S_IMODE(target.stat().st_mode), target.read_text()) == (0o600, "new")
