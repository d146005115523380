"""The endpoints: HTTP around `Recognizer`, and nothing else.

Whatever takes longer than looking up a number (decoding, recognising, parsing a body) happens in the workshop's
threads. Errors are JSON, `{"detail": "what came, what was expected"}`.
"""

import dataclasses
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from handigits import __version__
from handigits.data.corrections import Corrections
from handigits.errors import PictureError
from handigits.ink.polarity import PolarityChoice
from handigits.recognizer import Expect, Recognizer
from handigits.serve.answers import Answer, Unread, answer, answer_each
from handigits.serve.bodies import Bodies
from handigits.serve.corrections import correction_routes
from handigits.serve.envelope import Envelope
from handigits.serve.explanations import Explanation, explain
from handigits.serve.limits import Limits
from handigits.serve.metrics import CONTENT_TYPE, Metrics
from handigits.serve.pages import page_routes
from handigits.serve.pictures import Sent, read_pictures
from handigits.serve.reference import ANSWERS, EXAMPLES, PROBLEMS
from handigits.serve.workshop import Busy, Workshop

__all__ = ["create_app"]

_RETRY_SECONDS = 1


def create_app(
    recognizer: Recognizer,
    *,
    limits: Limits | None = None,
    corrections: Corrections | None = None,
    framed_by: Sequence[str] = (),
) -> FastAPI:
    """The service as an ASGI application.

    Args:
        recognizer: what reads; best loaded with `threads=1`, since the workers are the threads here.
        limits: the defaults if not given.
        corrections: where to keep corrections; None: they are not taken.
        framed_by: sites whose pages may show this service in a frame, besides its own.
    """
    limits = limits or Limits()
    workshop, bodies = Workshop(limits), Bodies(limits)
    metrics = Metrics(waiting=lambda: workshop.waiting, working=lambda: workshop.working, held=lambda: bodies.held)
    service = _Service(recognizer, limits, workshop, bodies, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        workshop.close()

    app = FastAPI(
        title="handigits",
        version=__version__,
        description="Reads handwritten digits in pictures.",
        docs_url=None,  # it would load its scripts from another site
        redoc_url=None,
        lifespan=lifespan,
    )
    _add_reading(app, service)
    _add_explaining(app, service)
    _add_state(app, service, takes_corrections=corrections is not None)
    if corrections is not None:
        routes = correction_routes(corrections, recognizer, limits=limits, bodies=bodies, workshop=workshop)
        app.include_router(routes)
    app.include_router(page_routes())
    _add_errors(app)
    app.add_middleware(Envelope, metrics=metrics, paths=(*app.openapi()["paths"], "/", "/docs"), framed_by=framed_by)
    return app


@dataclasses.dataclass(frozen=True)
class _Service:
    """What the endpoints share."""

    recognizer: Recognizer
    limits: Limits
    workshop: Workshop
    bodies: Bodies
    metrics: Metrics
    explaining: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    async def read(self, request: Request, work: Callable[[list[Sent]], Any]) -> Response:
        """Read the body, find its pictures, and do `work` with them in a thread; its result as JSON."""
        self.workshop.check_room()
        content_type = request.headers.get("content-type", "")
        async with self.bodies.read(request) as body:
            return await self.workshop.run(lambda: _json(work(read_pictures(content_type, body, self.limits))))

    def read_one(self, pictures: list[Sent], polarity: PolarityChoice, expect: Expect) -> Answer:
        picture = _only(pictures)
        try:
            read = answer(self.recognizer, picture, polarity=polarity, expect=expect)
        except PictureError:
            self.metrics.count_picture("unread")
            raise
        self.metrics.count_picture("abstained" if read.abstained else "read")
        return read

    def explain_one(self, pictures: list[Sent], polarity: PolarityChoice, evidence: bool) -> Explanation:
        """Evidence of one at a time, so that whoever wants to know why does not keep the others from being answered."""
        if not evidence:
            return explain(self.recognizer, _only(pictures), polarity=polarity, evidence=False)
        if not self.explaining.acquire(blocking=False):
            raise Busy("Another picture is being explained.")
        try:
            return explain(self.recognizer, _only(pictures), polarity=polarity)
        finally:
            self.explaining.release()

    def read_each(self, pictures: list[Sent], polarity: PolarityChoice, expect: Expect) -> list[Answer | Unread]:
        results = answer_each(self.recognizer, pictures, polarity=polarity, expect=expect)
        for result in results:
            if isinstance(result, Unread):
                self.metrics.count_picture("unread")
            else:
                self.metrics.count_picture("abstained" if result.abstained else "read")
        return results


def _add_reading(app: FastAPI, service: _Service) -> None:
    @app.post(
        "/predict",
        response_model=Answer,
        tags=["reading"],
        summary="Read a picture",
        openapi_extra=EXAMPLES["/predict"],
        responses=ANSWERS["/predict"] | PROBLEMS,
    )
    async def predict(request: Request, polarity: PolarityChoice = "auto", expect: Expect = "any") -> Response:
        """Reads one picture: a file in the form field `picture`; or JSON with a file in base64, or with pixels.

        Pixels are numbers from 0 to 1, or whole numbers from 0 to 255, in rows; 28x28 or any other size.
        `polarity` says which tone is the ink; `expect=one` claims nothing where there are several digits. Where nothing
        is claimed, `abstained` is true and `reason` says why.
        """
        return await service.read(request, lambda pictures: service.read_one(pictures, polarity, expect))

    @app.post(
        "/predict/batch",
        response_model=list[Answer | Unread],
        tags=["reading"],
        summary="Read several pictures",
        openapi_extra=EXAMPLES["/predict/batch"],
        responses=ANSWERS["/predict/batch"] | PROBLEMS,
    )
    async def predict_batch(request: Request, polarity: PolarityChoice = "auto", expect: Expect = "any") -> Response:
        """Reads several pictures; a list of answers in their order.

        In place of a picture that cannot be read stands `{"file": ..., "error": ...}`; the others are answered.
        """
        return await service.read(request, lambda pictures: service.read_each(pictures, polarity, expect))


def _add_explaining(app: FastAPI, service: _Service) -> None:
    @app.post(
        "/explain",
        response_model=Explanation,
        tags=["reading"],
        summary="Say why a picture is read as it is",
        openapi_extra=EXAMPLES["/predict"],
        responses=PROBLEMS,
    )
    async def why(request: Request, polarity: PolarityChoice = "auto", evidence: bool = True) -> Response:
        """Says what is the matter with a picture, and which of its ink speaks for the digit and which against it.

        Takes a picture as `/predict` does, and about 0.1 s longer, since it is read a thousand times with some of its
        ink away; with `evidence=false`, which leaves that out, at most twice as long.
        """
        return await service.read(request, lambda pictures: service.explain_one(pictures, polarity, evidence))


def _add_state(app: FastAPI, service: _Service, *, takes_corrections: bool) -> None:
    @app.get("/health/live", tags=["state"], summary="Whether the process answers")
    async def live() -> dict[str, str]:
        """Answers as long as the event loop turns. A process that does not is to be restarted."""
        return {"status": "live"}

    @app.get("/health/ready", tags=["state"], summary="Whether it takes more work", responses={503: PROBLEMS[503]})
    async def ready() -> dict[str, str]:
        """503 while a request would be refused: send it elsewhere for the moment."""
        if not service.workshop.has_room:
            raise Busy("The queue is full.")
        return {"status": "ready"}

    @app.get("/metrics", tags=["state"], summary="Counts and times for Prometheus", response_class=Response)
    async def metrics() -> Response:
        """Prometheus's text format."""
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)

    card: dict[str, Any] = json.loads(service.recognizer.metadata.to_json()) | {"takes_corrections": takes_corrections}

    @app.get("/model", tags=["state"], summary="The card of the model")
    async def model() -> dict[str, Any]:
        """Where the model comes from, what it was measured to reach, and what it expects."""
        return card


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Busy)
    async def busy(_: Request, err: Busy) -> Response:
        headers = {"Retry-After": str(_RETRY_SECONDS)}
        return JSONResponse({"detail": f"{err} Try again."}, HTTPStatus.SERVICE_UNAVAILABLE, headers)

    @app.exception_handler(PictureError)
    async def no_picture(_: Request, err: PictureError) -> Response:
        return JSONResponse({"detail": str(err)}, HTTPStatus.UNPROCESSABLE_ENTITY)

    @app.exception_handler(RequestValidationError)
    async def wrong_parameter(_: Request, err: RequestValidationError) -> Response:
        told = "; ".join(f"{each['loc'][1]}: {each['msg']}" for each in err.errors())
        return JSONResponse({"detail": told}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _only(pictures: list[Sent]) -> Sent:
    if len(pictures) > 1:
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{len(pictures)} pictures; one is taken here, and several by /predict/batch.",
        )
    return pictures[0]


def _json(value: Any) -> Response:
    """Plain JSON: `JSONResponse` would do the same in more time."""
    plain = [dataclasses.asdict(each) for each in value] if isinstance(value, list) else dataclasses.asdict(value)
    return Response(json.dumps(plain), media_type="application/json")
