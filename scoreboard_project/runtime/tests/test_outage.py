"""Trouble that lasts is two lines, however often it is met."""

import json
import logging

from scoreboard_project.runtime.outage import Outage


def test_it_begins_and_ends_with_one_line_each(capture_log: list[str]) -> None:
    outage = Outage(logging.getLogger("scoreboard.test"), begins="It rains", ends="It is dry")
    outage.end()
    for _ in range(3):
        outage.begin("a cloud")
    outage.begin("another cloud")
    assert outage.reason == "another cloud"
    outage.end()
    outage.end()
    assert outage.reason == ""
    assert [(json.loads(line)["message"], json.loads(line)["reason"]) for line in capture_log] == [
        ("It rains", "a cloud"),
        ("It is dry", "a cloud"),
    ]
