"""Another server of the same contract, to compare with: a folder with server.js, package.json and schema.sql.

It gets DATABASE_URL, REDIS_URL, JWT_PUBLIC_KEY (a PEM file), PORT, WORKERS, and RATE=off to turn its limits off. Its
redis may be the path of a socket.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import psycopg
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from bench.topology.participant import Participant
from bench.topology.processes import StartError, answers, free_port, starting
from bench.topology.stores import Stores
from bench.topology.tools import find_tool

FILES = ("server.js", "package.json", "package-lock.json", "schema.sql")


@contextmanager
def running_peer(source: Path, stores: Stores, *, processes: int) -> Iterator[Participant]:
    """The peer in a copy of its folder, with its packages installed. Raises StartError, or MissingTool without npm."""
    folder = stores.directory / "peer"
    folder.mkdir()
    for name in FILES:
        if (source / name).exists():
            shutil.copy(source / name, folder / name)
    _install(folder)
    database = stores.make_database("peer")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute((folder / "schema.sql").read_bytes())
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database.replace("@/", "@localhost/"),
        "REDIS_URL": unquote(stores.redis_url.removeprefix("unix://").partition("?")[0]),
        "JWT_PUBLIC_KEY": str(_public_key(stores, folder)),
        "RATE": "off",
        "WORKERS": str(processes),
        "PORT": address.rpartition(":")[2],
    }
    command = [find_tool("node"), "server.js"]
    is_ready = partial(answers, address, "/api/v1/scoreboard?limit=10")
    log = folder / "peer.log"
    with starting(command, environment, folder=folder, log=log, is_ready=is_ready) as server:
        server.await_ready()
        yield Participant("peer", [address], {"api": [server.pid], **stores.pids()})


def _install(folder: Path) -> None:
    how = "ci" if (folder / "package-lock.json").exists() else "install"
    command = [find_tool("npm"), how, "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartError(f"npm {how} failed for the peer:\n{done.stdout}{done.stderr}")


def _public_key(stores: Stores, folder: Path) -> Path:
    key = load_pem_private_key(stores.private_key.read_bytes(), password=None).public_key()
    path = folder / "public-key.pem"
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path
