"""What this process is: a server, perhaps about to stop, or a command."""

import threading

# Set by the graceful stop, read by /readyz.
stopping = threading.Event()
# Set by manage.py: a command has one connection and no client who waits.
is_command = False
