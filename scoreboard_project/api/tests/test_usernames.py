"""Which usernames are taken, which are refused and why, and what is left of those that cannot be refused."""

import pytest

from scoreboard_project.api.usernames import MAX_MARKS_IN_A_ROW, read_username, readable_username

VISIBLE = [
    "Ana",
    "a",
    " a b ",
    "x/<i>&\"'%",
    "Zoë",
    "日本語",
    "한국어",
    "محمد",
    "נַעֲמִי",
    "สวัสดีครับ",
    "བསྒྲུབས",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "क्\u200dष",
    "ᠮᠣᠩ᠋ᠭ",
    "Ana　B",
    "👩\u200d🚀",
    "🏳️\u200d🌈",
    "❤️\u200d🔥",
    "👍🏽",
    "🇩🇪",
    "1️⃣",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    # An emoji of a later Unicode than Python's.
    "\U0001fae9",
    "🎮" * 100,
]
BLANK = ["", " ", "   ", "\xa0", "\u3000", "\u2003\u2003", "\t"]
INVISIBLE = [
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\xad", "\u034f", "\u180e", "\u3164", "\u115f", "\uffa0"),
    *("\u2800", "\ufe0f", "\U000e0100", "\U000e0041", "\u17b4", "\u2063", "\ufffc"),
]
DIRECTION = [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"]
OTHERS = ["\u2028", "\u2029", "\ue000", "\U000f0000", "\U0010ffff", "\ufdd0", "\ufffe", "\u0378"]


def is_refused(name: str) -> str:
    with pytest.raises(ValueError, match=r"^must ") as refused:
        read_username(name)
    return str(refused.value)


@pytest.mark.parametrize("name", VISIBLE)
def test_visible_text_is_kept(name: str) -> None:
    assert read_username(name) == name
    assert readable_username(name, user_id="7") == name


@pytest.mark.parametrize("name", BLANK)
def test_a_blank_name_is_refused(name: str) -> None:
    assert is_refused(name)
    assert readable_username(name, user_id="7") == "7"


@pytest.mark.parametrize("character", [*INVISIBLE, *DIRECTION, *OTHERS])
def test_a_character_that_is_invisible_or_moves_others_is_refused_by_number(character: str) -> None:
    for name in (character, f"Ana{character}", f"{character}Ana", f"An{character}a"):
        assert f"U+{ord(character):04X}" in is_refused(name)
    assert readable_username(character, user_id="7") == "7"
    assert readable_username(f"An{character}a", user_id="7") in {"Ana", "An a"}


@pytest.mark.parametrize("name", ["a\x00", "a\nb", "\x7f", "\x85", "\ud800", "a" * 101])
def test_control_characters_and_long_names_are_refused_as_before(name: str) -> None:
    assert is_refused(name) == "must be text of 1 to 100 characters without control characters"


@pytest.mark.parametrize("name", ["\u0301", "\u0301a", "a \u0301", "\u20e3"])
def test_a_mark_without_a_letter_is_refused(name: str) -> None:
    assert "without a letter" in is_refused(name)


def test_a_pile_of_marks_is_refused() -> None:
    read_username("Z" + "\u0300" * MAX_MARKS_IN_A_ROW)
    assert "marks on one letter" in is_refused("Z" + "\u0300" * (MAX_MARKS_IN_A_ROW + 1))
    assert readable_username("Z" + "\u0300" * 90, user_id="7") == "Z" + "\u0300" * MAX_MARKS_IN_A_ROW


def test_the_same_name_is_stored_the_same() -> None:
    assert read_username("Zoe\u0308") == read_username("Zo\u00eb") == "Zo\u00eb"


def test_the_length_counts_in_nfc() -> None:
    assert len(read_username("e\u0301" * 50)) == 50
    # NFC takes this letter apart.
    assert "at most 100" in is_refused("\u0958" * 60)


def test_a_name_that_is_not_ours_to_refuse_is_cut_and_cleaned() -> None:
    assert readable_username("A" * 300, user_id="7") == "A" * 100
    assert readable_username("  Ana \n\t B  ", user_id="7") == "Ana B"
    assert readable_username("\u202e" * 5000 + "Ana", user_id="7") == "7"
    assert readable_username("", user_id="\u202eana") == "ana"
    assert readable_username("", user_id="\u200b") == "(no name)"


@pytest.mark.parametrize("name", [*VISIBLE, *BLANK, *INVISIBLE, *DIRECTION, *OTHERS, "\ud800", "a" * 500])
def test_what_is_cleaned_is_then_taken(name: str) -> None:
    cleaned = readable_username(name, user_id="\u2066")
    assert read_username(cleaned) == cleaned
