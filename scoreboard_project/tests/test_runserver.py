"""`manage.py runserver` in development."""

from django.core.management import get_commands, load_command_class


def test_runserver_is_daphnes_which_serves_websockets_too() -> None:
    command = load_command_class(get_commands()["runserver"], "runserver")
    assert type(command).__module__ == "daphne.management.commands.runserver"
