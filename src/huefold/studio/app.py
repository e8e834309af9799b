"""The studio's ASGI app: routes, guard, and what starts and ends with them."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

import huefold
from huefold.errors import HuefoldError
from huefold.studio.context import Context
from huefold.studio.failures import StudioError, failure_of
from huefold.studio.processes import HelperWorker
from huefold.studio.queue import JobQueue
from huefold.studio.routes import drawings, jobs, page, projects, regions
from huefold.studio.schema import Failure
from huefold.studio.security import Guard
from huefold.studio.settings import StudioSettings
from huefold.studio.store import Store

__all__ = ["create_app"]

STATIC = Path(__file__).parent / "static"

ABOUT = (
    'Photos in, compact SVGs out. Errors are `{"error": {"code", "message", "field"}}`. Scripts use the routes '
    "of the page: post a photo and options to `/api/jobs`, follow `/api/jobs/{id}/events`, get `drawing.svg`."
)


def create_app(settings: StudioSettings | None = None) -> FastAPI:
    """Return the studio as an ASGI app.

    Parameters
    ----------
    settings : StudioSettings, optional
        Folder, address and limits.

    Returns
    -------
    app : FastAPI
        Workers start and end with its lifespan. Nothing that computes is imported into its process.

    Raises
    ------
    OptionError
        If the folder cannot be used.

    Examples
    --------
    >>> app = create_app(StudioSettings(folder=Path("work")))  # doctest: +SKIP
    """
    settings = settings or StudioSettings()
    app = FastAPI(
        title="huefold studio",
        version=huefold.__version__,
        description=ABOUT,
        docs_url=None,  # the usual pages load scripts from other sites; the page of routes/page.py loads none
        redoc_url=None,
        lifespan=_lifespan,
        responses={"4XX": {"model": Failure}, "5XX": {"model": Failure}},
    )
    app.state.settings, app.state.static, app.state.store = settings, STATIC, Store(settings)
    for part in (page, projects, regions, jobs, drawings):
        app.include_router(part.router)
    if STATIC.is_dir():
        mimetypes.add_type("text/javascript", ".js")  # browsers load no script of another type
        app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _answer_errors(app)
    app.add_middleware(Guard, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: StudioSettings = app.state.settings
    store: Store = app.state.store
    helper = HelperWorker(settings)
    queue = JobQueue(settings, store, helper)
    app.state.context = Context(settings, store, helper, queue)
    helper.process.start()
    queue.start()
    try:
        yield
    finally:
        app.state.context.close_streams()
        await queue.stop()
        await helper.process.stop()
        store.close()


def _answer_errors(app: FastAPI) -> None:
    """Answer all errors in one shape, without paths of the server."""

    @app.exception_handler(HuefoldError)
    async def _known(_request: Request, error: HuefoldError) -> JSONResponse:
        return _answer(failure_of(error))

    @app.exception_handler(HTTPException)
    async def _of_http(_request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "not-found", 405: "method"}
        message = "there is nothing here" if error.status_code == 404 else str(error.detail).lower()
        return _answer(StudioError(error.status_code, codes.get(error.status_code, "request"), message))

    @app.exception_handler(RequestValidationError)
    async def _unreadable(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"]]
        if place[0] == "path":
            return _answer(StudioError(404, "not-found", "there is no such id"))
        message = f"{' '.join(place[1:]) or 'the request'}: {first['msg']}"
        return _answer(StudioError(422, "request", message[:300], place[-1] if len(place) > 1 else None))

    @app.exception_handler(OSError)
    async def _of_the_system(_request: Request, error: OSError) -> JSONResponse:
        failure = failure_of(error)
        if failure.code == "internal":
            raise error
        return _answer(failure)

    @app.exception_handler(Exception)
    async def _unknown(_request: Request, error: Exception) -> JSONResponse:
        return _answer(failure_of(error))


def _answer(error: StudioError) -> JSONResponse:
    return JSONResponse({"error": error.to_dict()}, status_code=error.status)
