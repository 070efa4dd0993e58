"""Whether this process is about to stop. The graceful stop sets it; /readyz reads it."""

import threading

stopping = threading.Event()
