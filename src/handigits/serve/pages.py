"""The pad at `/`, its files below `/static`, pictures to try below `/examples`, and the reference at `/docs`."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from handigits.serve.reference import reference_page

__all__ = ["EXAMPLES", "STATIC", "page_routes"]

STATIC = Path(__file__).parent / "static"
EXAMPLES = Path(__file__).parent / "examples"  # drawn by `python -m benchmarks.examples`


def page_routes() -> APIRouter:
    """The endpoints of what people see in a browser."""
    router = APIRouter(include_in_schema=False)
    router.mount("/static", StaticFiles(directory=STATIC))
    router.mount("/examples", StaticFiles(directory=EXAMPLES))

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
