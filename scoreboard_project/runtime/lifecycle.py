"""Whether this process is about to stop, and whether it is a command."""

import threading

# The graceful stop sets it; /readyz reads it.
stopping = threading.Event()
# manage.py sets it. A command needs one connection only, and no client waits for it.
is_command = False
