"""`/metrics` lists the series of every app from the first answer of a process on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from scoreboard_project.testing.servers.api_server import ROOT

FIRST_REQUEST = """
import scoreboard_project.wsgi
from django.test import Client
print(Client().get("/metrics").content.decode())
"""
# Dashboards and alerts use these names.
SERIES = {
    "request_seconds": "HTTP requests by route, method and status.",
    "round_size": "Requests that were answered in one round, by the kind of question.",
    "score_actions_total": "Score actions by outcome.",
    "rank_index_missed_updates_total": "Committed updates that did not reach the rank index.",
    "rank_index_healed_total": "Users corrected by the reconcile pass.",
    "rank_index_rebuilds_total": "Rebuilds of the rank index by the reconcile pass.",
    "rank_index_believed": "1 while ranks come from Redis, 0 while they come from PostgreSQL.",
    "board_reads_total": "Reads of the top boards by source.",
    "redis_failures_total": "Calls that Redis did not answer.",
    "redis_refusals_total": "Calls that Redis answered with an error, by its code.",
    "live_sockets": "Open websockets.",
    "live_broadcasts_total": "Boards sent to subscribers, by frame and size.",
    "live_frames_total": "Board frames handed to sockets.",
    "live_closed_total": "Websockets closed by the server, by close code.",
    "live_action_seconds": "Actions of websockets, by outcome: recorded, replayed or the code of an error.",
    "presence_processes": "Live processes.",
    "presence_sockets": "Websockets on all live processes.",
    "presence_users": "Users with a websocket.",
    "presence_subscriptions": "Subscriptions by board size.",
}
COUNTED_FROM_THE_START = (
    "rank_index_missed_updates_total",
    "rank_index_healed_total",
    "rank_index_rebuilds_total",
    "redis_failures_total",
    "live_sockets",
    "live_broadcasts_total",
    "live_frames_total",
)


def first_answer(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_REQUEST],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_every_series_is_there_with_its_help() -> None:
    found = re.findall(r"^# HELP scoreboard_(\w+) (.*)$", first_answer(), re.MULTILINE)

    assert {name: help_text for name, help_text in found if not name.endswith("_created")} == SERIES


def test_with_several_workers_each_counts_in_the_shared_directory(tmp_path: Path) -> None:
    answer = first_answer(PROMETHEUS_MULTIPROC_DIR=str(tmp_path))

    for name in COUNTED_FROM_THE_START:
        assert re.search(rf"^scoreboard_{name} 0\.0$", answer, re.MULTILINE), name
    assert "scoreboard_presence_processes" in answer
    assert list(tmp_path.glob("counter_*.db"))


def test_rare_methods_are_one_series(server: str) -> None:
    rare = [
        "COPY",
        "LOCK",
        "MKCOL",
        "MOVE",
        "PROPFIND",
        "SEARCH",
        "UNLOCK",
        "BIND",
        "REPORT",
        "MERGE",
        "PURGE",
        "UNLINK",
    ]
    with httpx.Client(base_url=server) as client:
        assert {client.request(method, "/api/v1/scoreboard").status_code for method in rare} == {405}
        # The server itself refuses a word that is no method.
        assert client.request("MADEUP", "/api/v1/scoreboard").status_code == 400
        found = client.get("/metrics").text

    assert not [method for method in (*rare, "MADEUP") if method in found]
    series = re.findall(r"^scoreboard_request_seconds_count\{(.*)\}", found, re.MULTILINE)
    assert series.count('method="other",route="api/v1/scoreboard",status="405"') == 1
