"""`script/server`: sets up everything it needs, even in an empty directory, and serves it on one port."""

import argparse
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.services import Surroundings, running
from scoreboard_project.launcher.child import end_on_signals, running_in_background
from scoreboard_project.launcher.listening import EVERY_ADDRESS, allowed_hosts, chosen_host, listen
from scoreboard_project.launcher.running_servers import recorded

PROJECT = Path(__file__).resolve().parents[2]
HIGHEST_PORT = 65535
POLL_SECONDS = 0.05
ANSWER_SECONDS = 2.0
WATCH_SECONDS = 1.0
# Waits for PostgreSQL by itself, so it is not started again.
WORKER = [sys.executable, str(PROJECT / "manage.py"), "work", "--end-with-stdin"]
DEMO_SECONDS = 86_000
DEMO_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def serve(arguments: Sequence[str], data_dir: Path) -> int:
    """Serve until a signal ends this process with exit code 0. Raises EmbeddedError if the server exits by itself."""
    options = _parse(arguments)
    end_on_signals(exit_code=0)
    options.host = chosen_host(options.host)
    listener = listen(options.host, _port(options.port))
    with recorded(PROJECT, data_dir, os.environ), running(data_dir, environ=os.environ) as surroundings:
        environ = _environment(surroundings, options.host)
        _manage(environ, surroundings.lease, "migrate", "--noinput", "--verbosity=0")
        _seed_on_first_run(environ, surroundings, data_dir, wanted=options.demo_data)
        return _run_web(environ, surroundings, listener, options)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/server",
        description="Serve the scoreboard on one port. "
        "If DATABASE_URL or REDIS_URL is not set, start an embedded PostgreSQL or Valkey.",
        epilog="Environment: HOST, PORT, SCOREBOARD_DATA_DIR (.data), SCOREBOARD_DEMO_DATA=0, DATABASE_URL, REDIS_URL; "
        "docs/settings.md lists every other setting.",
    )
    parser.add_argument("--host", help="default: $HOST or 127.0.0.1")
    parser.add_argument(
        "--port", default=os.environ.get("PORT") or "8000", help="default: $PORT or 8000; 0 picks a free port"
    )
    parser.add_argument("--demo", action="store_true", help="let simulated users play, for a day at most")
    parser.add_argument(
        "--no-demo-data", dest="demo_data", action="store_false", default=None, help="start with an empty board"
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise EmbeddedError(f"PORT must be a whole number from 0 to {HIGHEST_PORT}, not {text!r}.")
    return int(text)


def _environment(surroundings: Surroundings, host: str) -> dict[str, str]:
    environ = {**os.environ, **surroundings.variables}
    is_development = environ.get("SCOREBOARD_ENVIRONMENT", "").strip().lower() == "development"
    if is_development and not environ.get("DJANGO_ALLOWED_HOSTS", "").strip():
        environ["DJANGO_ALLOWED_HOSTS"] = allowed_hosts(host)
    return environ


def _seed_on_first_run(
    environ: Mapping[str, str], surroundings: Surroundings, data_dir: Path, *, wanted: bool | None
) -> None:
    """Add demo data to an embedded database on its first run only. A database that started empty never gets any."""
    word = environ.get("SCOREBOARD_DEMO_DATA", "").strip().lower() or "1"
    if word not in DEMO_WORDS:
        raise EmbeddedError(f"SCOREBOARD_DEMO_DATA must be true or false, not {word!r}.")
    marker = data_dir / "demo-data"
    if not surroundings.has_embedded_database or marker.exists():
        return
    wanted = DEMO_WORDS[word] if wanted is None else wanted
    if wanted:
        print("Adding demo data ...", file=sys.stderr, flush=True)
        _manage(environ, surroundings.lease, "seed_demo")
    marker.write_text("seeded\n" if wanted else "not wanted\n", encoding="ascii")


def _manage(environ: Mapping[str, str], lease: int, *arguments: str) -> None:
    command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
    # Nobody needs the log line of each demo action.
    with running_in_background(command, {"LOG_LEVEL": "warning", **environ}, [lease]) as process:
        if process.wait() == os.EX_CONFIG:
            raise SystemExit(os.EX_CONFIG)  # it has said which setting is wrong
        if process.returncode:
            raise EmbeddedError(f"manage.py {arguments[0]} failed with exit code {process.returncode}.")


def _run_web(
    environ: Mapping[str, str], surroundings: Surroundings, listener: socket.socket, options: argparse.Namespace
) -> int:
    host, port = EVERY_ADDRESS.get(options.host, options.host), listener.getsockname()[1]
    command = [sys.executable, "-P", "-m", "scoreboard_project.launcher.web", str(listener.fileno())]
    with running_in_background(command, environ, [surroundings.lease, listener.fileno()]) as process:
        listener.close()
        with ExitStack() as others:
            if _wait_for_answer(process, host, port):
                print(f"Scoreboard is at {_url(host, port)}{_base_path(environ)}", flush=True)
                if options.demo:
                    demo = _demo_game(_url(host, port))
                    others.enter_context(running_in_background(demo, environ, [surroundings.lease], quiet=True))
                others.enter_context(running_in_background(WORKER, environ, [surroundings.lease]))
            code = _wait_reviving(process, surroundings)
    if code == os.EX_CONFIG:
        return code  # it has said which setting is wrong
    raise EmbeddedError(f"The server exited unexpectedly with exit code {code}. Its messages are above.")


def _wait_reviving(process: subprocess.Popen[bytes], surroundings: Surroundings) -> int:
    """Wait for the server's exit code. Meanwhile restart any service that dies, while the server keeps running."""
    while True:
        try:
            return process.wait(WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        try:
            for name in surroundings.revive():
                print(f"scoreboard: {name} had died and was restarted.", file=sys.stderr, flush=True)
        except EmbeddedError as error:
            print(f"scoreboard: {error}", file=sys.stderr, flush=True)


def _demo_game(url: str) -> list[str]:
    return [sys.executable, str(PROJECT / "manage.py"), "simulate", "--url", url, "--seconds", str(DEMO_SECONDS)]


def _wait_for_answer(process: subprocess.Popen[bytes], host: str, port: int) -> bool:
    """True once /healthz answers, False if the process exits first."""
    while process.poll() is None:
        connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR:
                return True
        except (OSError, http.client.HTTPException):
            pass  # not yet
        finally:
            connection.close()
        time.sleep(POLL_SECONDS)
    return False


def _base_path(environ: Mapping[str, str]) -> str:
    path = environ.get("SCOREBOARD_BASE_PATH", "").strip().strip("/")
    return f"{path}/" if path else ""


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
