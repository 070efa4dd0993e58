"""nginx with deploy/nginx, on this machine's ports in place of the containers'."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.topology.processes import Server, answers, starting
from bench.topology.tools import find_tool

LOG = "nginx.log"
# 2026/11/29 07:08:40 [error] 123#123: *45 connect() failed (…) while connecting to upstream, client: …
PROBLEM = re.compile(r"\*\d+ (.*?) while ", re.MULTILINE)


@contextmanager
def starting_gateway(conf: Path, address: str) -> Iterator[Server]:
    """nginx with this configuration, which listens on the address. Its files are beside the configuration's folder."""
    folder = conf.parent.parent
    as_root = "user root;" if os.geteuid() == 0 else ""
    command = [find_tool("nginx"), "-p", str(folder), "-c", str(conf), "-g", f"daemon off;{as_root}"]
    is_ready = partial(answers, address, "/healthz")
    with starting(command, os.environ, folder=folder, log=folder / LOG, is_ready=is_ready) as server:
        yield server


def write_gateway(
    deployed: Path, folder: Path, *, address: str, api: Sequence[str], live: Sequence[str], limits: bool
) -> Path:
    """A copy of deploy/nginx in `folder`, with these addresses, each `host:port`, in place of the containers'.

    Without TLS, as behind a load balancer that ends it. Without `limits` one address may ask as often as it likes,
    since all load is from one. Returns the configuration's path.
    """
    copy = folder / "nginx"
    shutil.copytree(deployed, copy, dirs_exist_ok=True)
    _change(copy / "nginx.conf", r"listen 8080\b", f"listen {address}")
    _change(copy / "nginx.conf", r"(?m)^ *(listen 8443.*|include (tls|only-https)\.conf;)$", "")
    _change(copy / "log.conf", "/dev/stdout", "/dev/null")
    for name, addresses in (("api", api), ("live", live)):
        servers = r"\n".join(rf"\g<1>{each}\g<2>" for each in addresses)
        _change(copy / "upstreams.conf", rf"(?m)^( +server ){name}:8000( .*)$", servers)
    # No request of a bench has a token in its address.
    _change(copy / "nginx.conf", "error_log stderr emerg;", "error_log stderr error;")
    if not limits:
        _change(copy / "limits.conf", r"rate=\d+r/s", "rate=1000000r/s")
        _change(copy / "routes.conf", r"limit_conn connections \d+;", "")
    return copy / "nginx.conf"


def gateway_problems(log: Path) -> dict[str, int]:
    """How often nginx logged each problem."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return dict(Counter(PROBLEM.findall(text)))


def _change(path: Path, pattern: str, replacement: str) -> None:
    text, changes = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
    if not changes:
        raise ValueError(f"deploy/nginx/{path.name} has nothing like {pattern}")
    path.write_text(text, encoding="utf-8")
