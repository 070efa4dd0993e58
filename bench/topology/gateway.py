"""nginx with deploy/nginx.conf, on this machine's ports in place of the containers'."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.topology.processes import Server, answers, starting
from bench.topology.tools import find_tool

TEMPORARY_FILES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def starting_gateway(conf: str, folder: Path, address: str) -> Iterator[Server]:
    """nginx with this configuration, which listens on the address."""
    path = folder / "nginx.conf"
    path.write_text(conf, encoding="utf-8")
    as_root = "user root;" if os.geteuid() == 0 else ""
    command = [find_tool("nginx"), "-c", str(path), "-g", f"daemon off; pid {folder / 'nginx.pid'};{as_root}"]
    is_ready = partial(answers, address, "/healthz")
    with starting(command, os.environ, folder=folder, log=folder / "nginx.log", is_ready=is_ready) as server:
        yield server


def gateway_conf(
    conf: str, folder: Path, *, address: str, api: Sequence[str], live: Sequence[str], limits: bool
) -> str:
    """The text of deploy/nginx.conf, with these addresses, each `host:port`, in place of the containers'.

    nginx keeps its files in `folder`. Without `limits` one address may read as often as it likes: all load is from one.
    """
    files = "".join(f"{name}_temp_path {folder / name};" for name in TEMPORARY_FILES)
    replacements = {
        "listen 8080 backlog=4096;": f"listen {address} backlog=4096;",
        "include mime.types;": f"types {{ }} {files}",
        "/dev/stdout": "/dev/null",
        "server api:8000;": _servers(api),
        "server live:8000;": _servers(live),
        "rate=100r/s": "rate=100r/s" if limits else "rate=1000000r/s",
    }
    for old, new in replacements.items():
        if old not in conf:
            raise ValueError(f"deploy/nginx.conf has no {old!r}")
        conf = conf.replace(old, new)
    return conf


def _servers(addresses: Sequence[str]) -> str:
    return " ".join(f"server {address};" for address in addresses)
