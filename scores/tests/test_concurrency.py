"""Many requests at once, over real sockets to a real server process."""

from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.threads import in_threads
from scores.models import ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index


def test_a_thousand_concurrent_actions_of_one_user_all_count(scoreboard: None, server: str, ana: Player) -> None:
    with Game(server) as game:
        answers = in_threads(lambda _: game.update(ana), range(1000), threads=32)
    assert {answer.status for answer in answers} == {200}
    user = UserScore.objects.get()
    assert (user.current_score, user.total_actions) == (150_000, 1000)
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == 1000
    assert sorted(answer.data["newScore"] for answer in answers) == [150 * number for number in range(1, 1001)]
    assert len({answer.data["actionId"] for answer in answers}) == 1000
    assert [answer.data["previousRank"] for answer in answers].count(None) == 1
    assert check_rank_index().is_clean


def test_no_reader_ever_misses_its_own_write(scoreboard: None, server: str) -> None:
    def play(player: Player) -> list[tuple[int, int]]:
        with Game(server) as game:
            return [(game.update(player).data["newScore"], shown(game, player)) for _ in range(12)]

    def shown(game: Game, player: Player) -> int:
        rows = game.board(limit=25)
        return next(int(row["score"]) for row in rows if row["userId"] == player.user_id)

    for pairs in in_threads(play, crowd(12), threads=12):
        assert [written for written, _ in pairs] == [read for _, read in pairs]


def test_no_page_is_ever_out_of_order_while_scores_move(scoreboard: None, server: str) -> None:
    players = crowd(10)

    def play(number: int) -> bool:
        with Game(server) as game:
            for turn in range(10):
                game.update(players[(number * 3 + turn) % 10], {"actionType": "DAILY_BONUS"})
                rows = game.board(limit=10)
                keys = [(-row["score"], row["lastUpdated"], row["userId"]) for row in rows]
                assert keys == sorted(keys)
                assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        return True

    assert all(in_threads(play, range(8), threads=8))
