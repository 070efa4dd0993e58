"""Every command block of README.md, docs/ and the clients' READMEs works as it is written, on one new installation.

A new block fails here until it is in RUN, or in NOT_RUN with a reason.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from scoreboard_project.testing.servers.api_server import free_port
from scoreboard_project.testing.tools import program

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("clients/*/README.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHELL = {"sh", "console", "bash"}
# json, csv, nginx and ini are data; a fence without a language is a picture or an address.
RUNNABLE = {*SHELL, "python", "js", "sql"}
LANGUAGES = {*RUNNABLE, "json", "csv", "nginx", "ini", ""}
DEPLOY, IMPORT, MODERATION = "docs/deploy.md", "docs/import-export.md", "docs/moderation.md"
PERFORMANCE, LOAD, OPERATIONS = "docs/performance.md", "docs/load.md", "docs/operations.md"
BACKUP, RELIABILITY = "docs/backup.md", "docs/reliability.md"
PYTHON_CLIENT, JAVASCRIPT_CLIENT = "clients/python/README.md", "clients/javascript/README.md"

# Each block by its page and the beginning of its first line, in the order in which they run.
RUN = [
    ("README.md", "TOKEN=$(script/manage issue_token ana --username Ana)"),
    ("README.md", "script/manage createsuperuser --username admin"),
    ("README.md", "curl -X PUT http://127.0.0.1:8000/api/v1/scores/update"),
    ("README.md", 'import { LiveScoreboard } from "scoreboard-client"; //'),
    ("README.md", "from scoreboard_client import Scoreboard, ScoreAction  #"),
    (JAVASCRIPT_CLIENT, 'import { LiveScoreboard } from "scoreboard-client";'),
    (PYTHON_CLIENT, "from scoreboard_client import Scoreboard, ScoreAction"),
    (PYTHON_CLIENT, "results = scoreboard.batch("),
    (MODERATION, "MODERATOR=$(script/manage issue_token mod-1"),
    (MODERATION, "script/manage moderate hold mallory"),
    (MODERATION, "script/manage moderate reverse --user mallory --since"),
    (MODERATION, "script/manage moderate ban mallory"),
    (MODERATION, "API=http://127.0.0.1:8000/api/v1"),
    (MODERATION, "script/manage moderate reverse --action-type BOSS_DEFEAT"),
    (MODERATION, "script/manage moderate list --user mallory"),
    (MODERATION, "script/manage export_audit --who command:moderate"),
    (IMPORT, "script/manage import_scores scores.csv --dry-run"),
    (IMPORT, "script/manage export_board --output board.csv"),
    (IMPORT, "script/manage reverse_actions action_"),
    (IMPORT, "script/manage erase_user ana"),
    (DEPLOY, "deploy/make-secrets scoreboard.example\nexport"),
    (DEPLOY, "deploy/make-secrets scoreboard.example\nsudo"),
    (DEPLOY, "set -a && . deploy/secrets/environment && set +a"),
    (DEPLOY, ".venv/bin/uvicorn "),
    (DEPLOY, "sed -i -e 's/server api:8000"),
]
SERVERS = {".venv/bin/uvicorn": "8000"}
NOT_RUN = {
    ("README.md", "script/server"): "The installation that the other blocks use was started by it.",
    ("README.md", "script/test"): "It runs this test.",
    (DEPLOY, "sudo apt install "): "It changes the machine, and installs from a package index.",
    (PYTHON_CLIENT, "pip install ./clients/python"): "It installs from a package index.",
    (DEPLOY, ".venv/bin/python manage.py work"): "It runs until it is stopped, and has tests of its own.",
    (DEPLOY, "ALTER ROLE "): "It is for a PgBouncer, which has tests of its own.",
    (OPERATIONS, "apt install "): "It changes the machine, and installs from a package index.",
    (OPERATIONS, "deploy/make-secrets "): "It needs PostgreSQL and Redis on their usual ports.",
    (OPERATIONS, "set -a "): "It starts a whole deployment, as test_blue_green.py does.",
    (OPERATIONS, "deploy/blue-green status"): "It asks the deployment of the block before.",
    (OPERATIONS, "git clone "): "It needs a next version; test_blue_green.py has one.",
    (OPERATIONS, "kubectl create "): "It needs a cluster.",
    (OPERATIONS, "kubectl --namespace "): "It needs a cluster.",
    (PERFORMANCE, "script/bench"): "It takes a quarter of an hour.",
    (RELIABILITY, "script/faults "): "It takes half an hour.",
    (LOAD, "script/load baseline"): "It takes minutes of both cores.",
    (BACKUP, "pg_dump "): "scoreboard_project/tests/faults/test_backup.py runs it.",
    (BACKUP, "pg_restore "): "scoreboard_project/tests/faults/test_backup.py runs it.",
    (BACKUP, "pg_basebackup "): "scoreboard_project/tests/faults/test_backup.py runs it.",
    (PERFORMANCE, "ACTION=BOSS_DEFEAT "): "It needs wrk, and rules that a hand has set.",
    (PERFORMANCE, "bench/live.py "): "It takes minutes, and needs the id of a live process.",
    (PERFORMANCE, "DATABASE_URL=postgresql:///ranks "): "It takes half an hour with ten million users.",
}
# Lines of blocks that are run, but for these.
LINES_NOT_RUN = {
    "docker ": "It needs a Docker engine.",
    "sudo -u postgres ": "It needs the PostgreSQL of the operating system.",
    "sudo systemctl ": "It needs systemd.",
}


@dataclass(frozen=True)
class Block:
    """A fenced block. `text` holds the commands, `output` what the document says they print."""

    page: str
    language: str
    text: str
    output: str = ""


def blocks_of(page: Path) -> Iterator[Block]:
    name = page.relative_to(ROOT).as_posix()
    for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
        yield Block(name, language, *(split_console(text) if language == "console" else (text,)))


def split_console(text: str) -> tuple[str, str]:
    """The commands after each `$ `, with the lines that a final backslash continues, and the other lines."""
    commands: list[str] = []
    output: list[str] = []
    is_command = False
    for line in text.splitlines(keepends=True):
        is_command = line.startswith("$ ") or (is_command and commands[-1].endswith("\\\n"))
        (commands if is_command else output).append(line.removeprefix("$ "))
    return "".join(commands), "".join(output)


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
COMMANDS = [block for block in BLOCKS if block.language in RUNNABLE]


def found(page: str, beginning: str) -> Block:
    """The only block of the page that begins so."""
    (block,) = (each for each in COMMANDS if each.page == page and each.text.startswith(beginning))
    return block


def test_each_block_of_commands_is_run_or_says_why_not() -> None:
    assert {block.language for block in BLOCKS} <= LANGUAGES
    listed = [found(*key) for key in (*RUN, *NOT_RUN)]
    assert sorted(block.text for block in listed) == sorted(block.text for block in COMMANDS)


@pytest.mark.parametrize("key", [key for key in NOT_RUN if key[0] == PERFORMANCE], ids=lambda key: key[1][:20])
def test_a_bench_that_is_not_run_exists_and_has_the_options(key: tuple[str, str]) -> None:
    for line in found(*key).text.replace("\\\n", "").splitlines():
        if bench := re.search(r"bench/\w+\.py", line):
            path = ROOT / bench[0]
            assert os.access(path, os.X_OK)
            assert [option for option in re.findall(r"--[a-z-]+", line) if f'"{option}"' not in path.read_text()] == []


class Installation:
    """A folder as a clone, whose scripts run this project's code, and a running `script/server`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "PYTHONPATH": f"{ROOT}:{ROOT / 'clients' / 'python' / 'src'}",
            "SCOREBOARD_DATA_DIR": str(folder / ".data"),
            "STATIC_ROOT": str(folder / "static"),
            "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
        }
        (folder / "script").mkdir()
        shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets", "run"))
        (folder / "node_modules").mkdir()
        links = {name: ROOT / name for name in ("manage.py", "requirements.txt", "clients")}
        links |= {".venv": Path(sys.prefix), "node_modules/scoreboard-client": ROOT / "clients" / "javascript"}
        for name, target in links.items():
            (folder / name).symlink_to(target)
        for name in ("server", "manage"):
            script = folder / "script" / name
            launch = shlex.join([sys.executable, "-P", "-m", "scoreboard_project.launcher", name])
            script.write_text(f'#!/bin/sh\nexec {launch} "$@"\n')
            script.chmod(0o755)

    def start(self) -> str:
        """Run `script/server` as README.md says. Returns what it printed; the last word is the address."""
        self.server = subprocess.Popen(
            ["script/server"],
            cwd=self.folder,
            env={**self.environment, "PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.server.stdout
        printed = ""
        while "Scoreboard is at" not in printed:
            line = self.server.stdout.readline()
            assert line, printed
            printed += line
        return printed

    def run(self, *command: str | Path, answers: str = "", until: str = "") -> str:
        """What it prints, up to the word `until`, where it is stopped. Raises if it fails."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        printed: str = ""
        with process:
            try:
                assert process.stdin
                assert process.stdout
                process.stdin.write(answers)
                process.stdin.close()
                for line in process.stdout:
                    printed += line
                    if until and until in line:
                        return printed
                assert (process.wait(), until in printed) == (0, True), printed
                return printed
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the server, and with it PostgreSQL and Valkey."""
        self.server.send_signal(signal.SIGTERM)
        self.server.communicate(timeout=30)


@pytest.fixture
def installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="scoreboard-docs-") as folder:
        Path(folder).chmod(0o755)  # root's PostgreSQL runs as another user, who must pass
        found = Installation(Path(folder).resolve())
        try:
            yield found
        finally:
            found.stop()


@pytest.mark.server
@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_block_works_as_it_is_written(installation: Installation) -> None:
    printed = installation.start()
    address = printed.split()[-1].rstrip("/")
    for line in found("README.md", "script/server").output.splitlines():
        assert line.startswith(("Install", "Scoreboard is at")) or line in printed
    ports = {port: str(free_port()) for port in SERVERS.values()}
    stores = installation.run(installation.folder / "script" / "manage", "shell", "--no-imports", "-c", STORES)
    database, redis = stores.split()[-2:]
    (csv,) = (block.text for block in BLOCKS if block.page == IMPORT and block.language == "csv")
    (installation.folder / "scores.csv").write_text(csv)
    run_shell_blocks(installation, substitutions(address, database, redis, ports), ports)
    for key in RUN:
        if found(*key).language in {"python", "js"}:
            run_program(installation, found(*key), address)


STORES = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"


def substitutions(address: str, database: str, redis: str, ports: dict[str, str]) -> dict[str, str]:
    """What is different here from the machine that a reader has."""
    return {
        "http://127.0.0.1:8000": address,
        "createsuperuser --username": "createsuperuser --noinput --username",
        "createsuperuser\n": "createsuperuser --noinput --username deploy --email deploy@example.com\n",
        "action_01a20bea-41cd-71f4-a177-4a740cca622f": '"$ACTION"',
        "undo 01a20bea-41cd-71f4-a177-4a740cca622f": 'undo "$MODERATION"',
        # The clock of this machine may be behind the document's.
        "--since 2026-11-01": "--since 2020-01-01",
        "--since 2026-11-27T18:00:00Z": "--since 2020-01-01",
        "postgresql://scoreboard:$(cat deploy/secrets/postgres_password)@127.0.0.1:5432/scoreboard": database,
        "redis://127.0.0.1:6379/0": redis,
        "mkdir -p gateway && nginx ": "mkdir -p gateway && nginx -t ",
        **{f"--port={port}": f"--port={free}" for port, free in ports.items()},
    }


PLAY_AS_MALLORY = """
curl -fsS -X PUT http://127.0.0.1:8000/api/v1/scores/update -H "Authorization: Bearer $MALLORY" \\
     -H 'Content-Type: application/json' -d '{"actionType": "BOSS_DEFEAT"}'
"""
BEFORE = {
    (MODERATION, "MODERATOR=$(script/manage issue_token mod-1"): f"""
MALLORY=$(script/manage issue_token mallory --username Mallory)
{PLAY_AS_MALLORY}
""",
    (MODERATION, "script/manage moderate ban mallory"): PLAY_AS_MALLORY,
    (MODERATION, "script/manage moderate list --user mallory"): """
MODERATION=$(script/manage moderate list --user mallory --limit 1 --json | grep -o '[0-9a-f]*-[0-9a-f-]*' | head -1)
""",
    (IMPORT, "script/manage import_scores scores.csv --dry-run"): """
ACTION=$(curl -s http://127.0.0.1:8000/api/v1/users/ana/scores/history -H "Authorization: Bearer $TOKEN" |
         grep -o 'action_[0-9a-f-]*' | head -1)
script/manage issue_token server --scope scores:write:any > server-token
echo "$TOKEN" > ana-token
""",
}


def run_shell_blocks(installation: Installation, changes: dict[str, str], ports: dict[str, str]) -> None:
    """All blocks in one shell, as a reader would; each must end well, and print what the document says."""
    lines = ["set -e -o pipefail"]
    for number, key in enumerate(RUN):
        if found(*key).language in SHELL:
            text = BEFORE.get(key, "") + without_excepted_lines(found(*key).text)
            server = next((port for start, port in SERVERS.items() if text.startswith(start)), "")
            lines += [f"printf '\\n@@@ {number}\\n'", served(text, ports[server]) if server else text]
    script = "\n".join(lines)
    for old, new in changes.items():
        assert old in script, old
        script = script.replace(old, new)
    (installation.folder / "blocks.sh").write_text(script)
    printed = installation.run("bash", "blocks.sh", answers="yes\n")
    for number, part in re.findall(r"@@@ (\d+)\n(.*?)(?=\n@@@ |\Z)", printed, re.DOTALL):
        missing = set(re.findall(r'"\w+":', found(*RUN[int(number)]).output)) - set(re.findall(r'"\w+":', part))
        assert missing == set(), part
        assert '"success":false' not in part


def without_excepted_lines(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(tuple(LINES_NOT_RUN)))


def served(text: str, port: str) -> str:
    """The server in the background; it must become ready and answer the game's request, then it is ended."""
    return f"""{text.rstrip()} &
for _ in $(seq 150); do curl -fs http://127.0.0.1:{port}/readyz && break || sleep 0.2; done
curl -fsS -H 'Host: scoreboard.example' 'http://127.0.0.1:{port}/api/v1/scoreboard?limit=1'
kill $! && wait $! || true
"""


def run_program(installation: Installation, block: Block, address: str) -> None:
    """A block of Python or JavaScript, with the names that the reader's program would have. Live boards never end."""
    token, users = ((installation.folder / name).read_text().strip() for name in ("server-token", "ana-token"))
    if block.language == "python":
        names = f"token, TOKEN = {token!r}, {users!r}\n"
        if "with Scoreboard(" not in block.text:
            names += "from scoreboard_client import Scoreboard, ScoreAction\n"
            names += f"scoreboard = Scoreboard({address!r}, token=token)\n"
        text = block.text.replace("http://127.0.0.1:8000", address)
        installation.run(sys.executable, "-u", "-c", names + text, until="leads" if "live(" in text else "")
        return
    live = address.replace("http:", "ws:") + "/ws/v1/scoreboard/live"
    names = f"""
const token = {token!r}, url = {live!r}, fetchToken = async () => token, myGame = {{ freshToken: fetchToken }};
const showState = () => {{}}, render = (rows) => {{ console.log(`${{rows.length}} rows`); process.exit(); }};
"""
    text = block.text.replace("wss://scoreboard.example/ws/v1/scoreboard/live", live)
    text = text.replace("https://scoreboard.example", address)
    (installation.folder / "block.mjs").write_text(names + text)
    node = program("node", "nodejs")
    installation.run(node, "--experimental-websocket", "block.mjs", until="25 rows")
