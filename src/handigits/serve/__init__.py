"""The HTTP service and its drawing pad: what stands behind `handigits serve`.

    limits.py       every limit of the service, by name
    server.py       starts uvicorn, ends it in order
    connections.py  one connection: slow and endless clients are cut off
    api.py          the endpoints
    bodies.py       a request's body, read with a bound on size, time and memory
    pictures.py     a body -> the pictures in it: multipart.py, JSON
    workshop.py     a few threads and a bounded queue before them
    answers.py      a picture -> what is answered about it
    explanations.py why it was read so, on demand
    corrections.py  "this was a 7", kept where the operator wants it
    metrics.py      counts and times for Prometheus
    envelope.py     security headers and metrics around every request
    reference.py    the page of /docs
    pages.py        the pad; static/ holds its files, examples/ pictures to try
    app.py          the same pad inside Gradio, beside Gradio's own upload and webcam

Deliberately absent: machine learning (a picture goes through `recognizer` as everywhere), TLS and users: those belong
to the proxy in front. Nothing that is sent is written to the disk, corrections aside.
"""

from handigits.serve.limits import Limits

__all__ = ["Limits"]
