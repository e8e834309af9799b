"""Images in: whatever holds a picture becomes upright float sRGB with its alpha laid over a background."""

from huefold.images.load import (
    WORKING_PIXELS,
    ImageSource,
    LoadedImage,
    area_average,
    load_image,
    load_original,
    sample_names,
    sample_path,
    working_size,
)

__all__ = [
    "WORKING_PIXELS",
    "ImageSource",
    "LoadedImage",
    "area_average",
    "load_image",
    "load_original",
    "sample_names",
    "sample_path",
    "working_size",
]
