"""The page itself, what the studio is, and the documentation of these routes."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

import huefold
from huefold.errors import WeightsError
from huefold.images import sample_names
from huefold.models.relevance import TEXT_MODEL_FILES
from huefold.models.weights import find_weights
from huefold.options import PresetName
from huefold.saliency.prompts import DEFAULT_MODEL
from huefold.studio.context import Shared, off_loop
from huefold.studio.failures import MODELS_ADVICE, missing
from huefold.studio.reference import STYLE, reference_page
from huefold.studio.schema import OptionInfo, Status, option_infos

__all__ = ["router"]

router = APIRouter()

SAMPLES = ("coffee", "cat", "astronaut", "rocket")
TITLES = {"coffee": "Cup of coffee", "cat": "Cat", "astronaut": "Astronaut", "rocket": "Rocket"}


@router.get("/", include_in_schema=False)
async def index(request: Request) -> Response:
    """Return the page."""
    page = request.app.state.static / "index.html"
    if not page.is_file():
        raise missing("page")
    return FileResponse(page, headers={"Cache-Control": "no-cache"})


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Return the documentation of all routes as a page."""
    return HTMLResponse(reference_page(request.app.openapi()))


@router.get("/docs.css", include_in_schema=False)
async def docs_style() -> Response:
    """Return the style of that page."""
    return Response(STYLE, media_type="text/css")


@router.get("/api/status", response_model=Status, tags=["studio"])
async def status(context: Shared) -> dict[str, Any]:
    """Say what this studio is, and how it is."""
    settings = context.settings
    return {
        "version": huefold.__version__,
        "workers": {"draw": context.queue.worker.state, "assistant": context.assistant.process.state},
        "queue": context.queue.counts,
        "disk": {"used": context.store.used, "limit": settings.disk_bytes},
        "limits": {"bytes": settings.upload_bytes, "pixels": settings.upload_pixels},
        "samples": await off_loop(_samples),
        "prompt": await off_loop(_prompt),
        "presets": list(get_args(PresetName)),
        "token_required": settings.token is not None,
    }


@router.get("/api/options", response_model=list[OptionInfo], tags=["studio"])
async def options() -> list[OptionInfo]:
    """List the options of a drawing: kinds, defaults, bounds and what they do."""
    return option_infos()


@lru_cache(maxsize=1)
def _samples() -> list[dict[str, str]]:
    there = sample_names()
    return [{"name": name, "title": TITLES[name]} for name in SAMPLES if name in there]


def _prompt() -> dict[str, Any]:
    """Say whether words can be looked for, without loading what looks for them."""
    found = all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))
    try:
        if found:
            find_weights(DEFAULT_MODEL, files=TEXT_MODEL_FILES)
    except WeightsError:
        found = False
    return {"available": found, "how": "" if found else MODELS_ADVICE}
