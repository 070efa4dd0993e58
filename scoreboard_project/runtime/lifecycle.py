"""Whether this process is about to stop: set by the graceful stop, read by /readyz."""

import threading

stopping = threading.Event()
