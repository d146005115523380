# The drawing pad and the HTTP API; docs/serving.md says how to run it.

FROM python:3.13-slim AS build
WORKDIR /build
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv --without-pip /opt/handigits \
    && pip --python /opt/handigits install --no-cache-dir --constraint constraints.txt '.[serve]'

FROM python:3.13-slim
COPY --from=build /opt/handigits /opt/handigits
ENV PATH=/opt/handigits/bin:$PATH
# nobody; by number, since Kubernetes accepts no name where it asks for a user other than root
USER 65534:65534
EXPOSE 7860
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", "\
from http.client import HTTPConnection;\
service = HTTPConnection('127.0.0.1', 7860, timeout=2);\
service.request('GET', '/health/live');\
raise SystemExit(service.getresponse().status != 200)"]
ENTRYPOINT ["handigits"]
CMD ["serve", "--host", "0.0.0.0"]
