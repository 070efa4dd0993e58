"""The rows of a board in use: a click, a selection and the focus survive what happens to the other players."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from live.tests.test_board_page import LIVE, names, serious_violations, update
from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.threads import in_threads
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions

RIVALS = (ANA, BOB, CAROL)
SLOW_CLICK_MS = 350
TEN_DIGITS = 2_147_483_647
# An old browser: without it rows can only be moved by removing and inserting them.
WITHOUT_MOVE_BEFORE = "delete Element.prototype.moveBefore"
FOCUSED = "document.activeElement.closest('[data-user-id]')?.dataset.userId"


@pytest.fixture(params=["", WITHOUT_MOVE_BEFORE], ids=["moveBefore", "insertBefore"])
def board(one_port: OnePort, open_page: OpenPage, request: pytest.FixtureRequest) -> Page:
    """A live board of three rivals before seven others."""
    for player in RIVALS:
        in_threads(lambda each: each.act("BOSS_DEFEAT"), [player], threads=1)
    in_threads(Player.act, crowd(7), threads=1)
    page = open_page("about:blank")
    page.add_init_script(request.param)
    page.goto(one_port.address)
    page.wait_for_selector(LIVE)
    return page


def take_the_lead(server: OnePort, player: Player) -> None:
    with Game(server.address) as game:
        while game.update(player, {"actionType": "BOSS_DEFEAT"}).data["newRank"] != 1:
            pass


@contextmanager
def overtaking(server: OnePort) -> Iterator[None]:
    """The rivals overtake each other again and again."""
    ended = threading.Event()

    def play() -> None:
        for player in itertools.cycle(reversed(RIVALS)):
            update(server, player, "BOSS_DEFEAT")
            if ended.wait(0.05):
                return

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_slow_click_always_opens_the_player_it_was_made_on(board: Page, one_port: OnePort) -> None:
    board.evaluate("window.addEventListener('click', (event) => event.preventDefault())")
    board.evaluate("""() => {
        window.seen = { pointerdown: [], click: [] };
        const note = ({ type, target }) => target.closest("a") && seen[type].push(target.closest("a").textContent);
        Object.keys(seen).forEach((type) => addEventListener(type, note));
    }""")
    with overtaking(one_port):
        for _ in range(8):
            board.wait_for_timeout(250)
            place = board.locator(".row .player a").nth(1).bounding_box()
            assert place
            board.mouse.move(place["x"] + 30, place["y"] + place["height"] / 2)
            board.mouse.down()
            board.wait_for_timeout(SLOW_CLICK_MS)
            board.mouse.up()
    seen = board.evaluate("seen")
    assert seen["click"] == seen["pointerdown"]
    assert len(seen["click"]) >= 6  # rows glide, so the pointer may be between two of them


def test_the_board_moves_again_after_a_click(board: Page, one_port: OnePort) -> None:
    board.locator(".row .score").first.hover()
    board.mouse.down()
    update(one_port, CAROL, "BOSS_DEFEAT")
    board.wait_for_timeout(SLOW_CLICK_MS)
    assert names(board)[0] == "Ana"
    board.mouse.up()
    expect(board.locator(".row .player a").first).to_have_text("Carol", timeout=1_000)
    expect(board.locator("[data-announcer]")).to_have_text("Carol takes the lead")


def test_the_focus_stays_on_the_players_link_wherever_its_row_moves(board: Page, one_port: OnePort) -> None:
    board.locator("[data-user-id=bob] a").focus()
    board.evaluate("window.lost = 0; addEventListener('blur', () => (lost += 1), true)")
    for first in ("carol", "bob", "ana", "bob"):
        player = next(each for each in RIVALS if each.user_id == first)
        take_the_lead(one_port, player)
        expect(board.locator(".row").first).to_have_attribute("data-user-id", first)
        assert board.evaluate(FOCUSED) == "bob"
    assert board.evaluate("lost") == 0


def test_the_focus_stays_in_the_board_when_its_player_leaves_it(board: Page, one_port: OnePort) -> None:
    last = board.locator(".row").last
    last.locator("a").focus()
    leaver = last.get_attribute("data-user-id")
    newcomer = Player("dora", "Dora")
    update(one_port, newcomer, "BOSS_DEFEAT")
    expect(board.locator(".row", has_text="Dora")).to_be_visible()
    assert board.evaluate(FOCUSED) not in (None, leaver)


def test_a_selection_survives_updates_of_other_rows(board: Page, one_port: OnePort) -> None:
    board.evaluate("getSelection().selectAllChildren(document.querySelector('[data-user-id=bob] a'))")
    for player in (CAROL, ANA, CAROL):
        take_the_lead(one_port, player)
        expect(board.locator(".row").first).to_have_attribute("data-user-id", player.user_id)
        assert board.evaluate("getSelection().toString()") == "Bob"


def test_only_a_row_that_moved_leaves_the_document(board: Page, one_port: OnePort) -> None:
    board.evaluate("""() => {
        window.touched = new Set();
        const note = (records) => records.forEach(({ addedNodes, removedNodes }) =>
            [...addedNodes, ...removedNodes].forEach((node) => touched.add(node.dataset.userId)));
        new MutationObserver(note).observe(document.querySelector("[data-board]").tBodies[0], { childList: true });
    }""")
    update(one_port, ANA)
    expect(board.locator("[data-user-id=ana] .score")).to_have_text("1,150")
    assert board.evaluate("[...touched]") == []
    update(one_port, crowd(7)[-1])
    expect(board.locator(".row").nth(3)).to_have_attribute("data-user-id", "crowd-007")
    assert board.evaluate("[...touched]") == ["crowd-007"]


def score(player: Player, points: int) -> None:
    action = ScoreAction(player.user_id, player.username, f"balance-{player.user_id}", "LEVEL_COMPLETE", points=points)
    assert not apply_score_actions([action])[0].error


OUTSIDE = """() => [...document.querySelectorAll(".row > *, .fact dd, .medal, .connection, .plain td")].filter(
    (element) => element.scrollWidth > element.clientWidth + 1
        && getComputedStyle(element).overflow === "visible" && element.clientWidth)
    .map((element) => `${element.className} ${element.textContent}`)"""


# The sign is as wide in each theme.
@pytest.mark.parametrize(
    ("width", "color_scheme", "points"),
    [(1100, "light", TEN_DIGITS), (1100, "dark", -TEN_DIGITS), (360, "light", -TEN_DIGITS), (360, "dark", TEN_DIGITS)],
)
def test_long_scores_stay_in_their_cards(
    one_port: OnePort, open_page: OpenPage, points: int, color_scheme: str, width: int
) -> None:
    in_threads(lambda player: score(player, points), [ANA, BOB, *crowd(3)], threads=1)
    for path in ("/", "/players/ana"):
        page = open_page(one_port.address + path, color_scheme=color_scheme, viewport={"width": width, "height": 800})
        page.wait_for_selector(LIVE)
        expect(page.locator(".row .score").first).to_have_text(f"{points:,}")
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious_violations(page) == []


@pytest.mark.parametrize("path", ["/", "/players/ana"])
def test_without_scripts_it_says_when_it_was_read_and_can_be_read_again(
    one_port: OnePort, open_page: OpenPage, path: str
) -> None:
    update(one_port, ANA)
    page = open_page(one_port.address + path, java_script_enabled=False)
    expect(page.locator("body")).not_to_contain_text("onnecting")
    expect(page.locator("[data-connection]")).to_contain_text("UTC")
    update(one_port, ANA)
    page.get_by_role("link", name="Reload").click()
    expect(page.locator(".row .score")).to_have_text("300")


def test_with_reduced_motion_nothing_glides(one_port: OnePort, open_page: OpenPage) -> None:
    for player in (ANA, BOB):
        update(one_port, player)
    page = open_page(one_port.address, reduced_motion="reduce")
    page.wait_for_selector(LIVE)
    update(one_port, BOB)
    expect(page.locator(".row .player a").first).to_have_text("Bob")
    assert page.evaluate("document.getAnimations().length") == 0
