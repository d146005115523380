"""The pad at `/`, its files below `/static`, and the reference at `/docs`."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from handigits.serve.reference import reference_page

__all__ = ["STATIC", "page_routes"]

STATIC = Path(__file__).parent / "static"


def page_routes() -> APIRouter:
    """The endpoints of what people see in a browser."""
    router = APIRouter(include_in_schema=False)
    router.mount("/static", StaticFiles(directory=STATIC))

    @router.get("/")
    async def pad() -> Response:
        return FileResponse(STATIC / "index.html")

    @router.get("/favicon.ico")
    async def icon() -> Response:
        return FileResponse(STATIC / "icon.svg")

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        return HTMLResponse(reference_page(request.app.openapi(), address=str(request.base_url).rstrip("/")))

    return router
