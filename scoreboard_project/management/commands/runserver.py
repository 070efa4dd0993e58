"""`manage.py runserver` by daphne, which serves websockets too.

daphne is no installed app, because its app loads Twisted into every process, 14 MB of memory.
"""

from daphne.management.commands.runserver import Command as Command  # noqa: PLC0414 - Django looks for it here
