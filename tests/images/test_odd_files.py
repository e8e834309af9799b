"""Image files that are empty, and names that are none."""

from __future__ import annotations

import pytest

from huefold.errors import ImageError
from huefold.images import load_image


@pytest.mark.parametrize("source", [b"", "empty.png"])
def test_empty_images_say_so_once(source, tmp_path):
    if isinstance(source, str):
        source = tmp_path / source
        source.touch()
    with pytest.raises(ImageError, match=r"is empty \(0 bytes\)$"):
        load_image(source)


def test_a_name_that_is_empty_or_endless():
    with pytest.raises(ImageError, match="name of the image is empty"):
        load_image("")
    with pytest.raises(ImageError, match="not a path") as caught:
        load_image("x" * 5000)
    assert len(str(caught.value)) < 200
