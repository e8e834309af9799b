"""The page, the state of the studio, and the documentation of the routes."""

from __future__ import annotations

from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

import huefold
from huefold.options import PresetName
from huefold.studio.context import Shared, off_loop
from huefold.studio.failures import missing
from huefold.studio.offers import prompt_offer, samples
from huefold.studio.reference import STYLE, reference_page
from huefold.studio.schema import OptionInfo, Status, option_infos

__all__ = ["router"]

router = APIRouter()


@router.get("/", include_in_schema=False)
async def index(request: Request) -> Response:
    """Return the page."""
    page = request.app.state.static / "index.html"
    if not page.is_file():
        raise missing("page")
    return FileResponse(page, headers={"Cache-Control": "no-cache"})


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Return the documentation of all routes."""
    return HTMLResponse(reference_page(request.app.openapi()))


@router.get("/docs.css", include_in_schema=False)
async def docs_style() -> Response:
    """Return the style of the documentation."""
    return Response(STYLE, media_type="text/css")


@router.get("/api/status", response_model=Status, tags=["studio"])
async def status(context: Shared) -> dict[str, Any]:
    """Return version, state and limits of the studio."""
    settings = context.settings
    return {
        "version": huefold.__version__,
        "workers": {"draw": context.queue.worker.state, "assistant": context.helper.process.state},
        "queue": context.queue.counts,
        "disk": {"used": context.store.used, "limit": settings.disk_bytes},
        "limits": {"bytes": settings.upload_bytes, "pixels": settings.upload_pixels},
        "samples": await off_loop(samples),
        "prompt": await off_loop(prompt_offer),
        "presets": list(get_args(PresetName)),
        "token_required": settings.token is not None,
    }


@router.get("/api/options", response_model=list[OptionInfo], tags=["studio"])
async def options() -> list[OptionInfo]:
    """List the options of a drawing: types, defaults, bounds and descriptions."""
    return option_infos()
