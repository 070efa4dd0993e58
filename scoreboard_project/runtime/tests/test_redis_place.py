"""An address of several Redis servers says whom to ask, and their answers say where the primary is."""

import pytest
from redis.crc import key_slot

from scoreboard_project.runtime.redis_primary.place import RedisPlace, each_first, read_place

SENTINELS = "rediss+sentinel://ana:p%40ss@s1:26379,[::1]:26380/board/2?ssl_cert_reqs=none"


def test_sentinels_have_the_name_of_a_primary_and_connections_the_rest() -> None:
    place = read_place(SENTINELS)
    assert place.nodes == (("s1", 26379), ("::1", 26380))
    assert place.name == "board"
    assert place.url == "rediss://ana:p%40ss@s1:26379/2?ssl_cert_reqs=none"
    assert [one.url for one in each_first(place)] == [
        "rediss://ana:p%40ss@s1:26379/2?ssl_cert_reqs=none",
        "rediss://ana:p%40ss@[::1]:26380/2?ssl_cert_reqs=none",
    ]


def test_a_cluster_has_neither_a_name_nor_a_second_database() -> None:
    assert read_place("redis+cluster://n1:1,n2:2") == RedisPlace("redis://n1:1/", (("n1", 1), ("n2", 2)))
    with pytest.raises(ValueError, match="one database"):
        read_place("redis+cluster://n1:1/3")


def test_one_server_is_left_as_it_is() -> None:
    for url in ("redis://:secret@host:6379/1", "unix:///run/valkey.sock?db=0"):
        assert read_place(url) == RedisPlace(url)


@pytest.mark.parametrize("url", ["redis+sentinel://s1:1", "redis+sentinel://s1/board", "redis+x://s1:1/board"])
def test_an_address_with_a_part_missing_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"missing|needs|unknown"):
        read_place(url)


def test_sentinels_answer_with_an_address_or_with_nothing() -> None:
    place = read_place(SENTINELS)
    assert place.answered([b"10.0.0.7", b"6379"], "scoreboard") == ("10.0.0.7", 6379)
    assert place.answered(None, "scoreboard") is None


def test_a_cluster_answers_with_the_owner_of_the_slot_of_all_our_keys() -> None:
    place = read_place("redis+cluster://n1:1")
    prefix = place.key_prefix("scoreboard")
    slot = key_slot(b"scoreboard")
    assert key_slot(f"{prefix}:{{all}}:ranks".encode()) == key_slot(f"{prefix}:live:ticket:x".encode()) == slot
    shards = [[0, slot - 1, [b"low", 1, b"id"]], [slot, 16383, [b"ours", 2, b"id"], [b"replica", 3, b"id"]]]
    assert place.answered(shards, prefix) == ("ours", 2)
    assert place.answered(shards[:1], prefix) is None
