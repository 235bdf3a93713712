"""The parts of contrib/cluster, as processes on this machine in place of containers.

Each service has the settings, commands and files that its container would have; only names of
hosts, ports and folders are mapped to this machine's. Caddy speaks HTTP, since no authority
outside could give it a certificate here.
"""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml
from campaigns.killed_workers import wait_until_ready
from examples.demo.loopback import free_port

from tests.architecture.repository import ROOT
from tests.cli.conftest import Home, start_server
from tests.cli.operation.test_nginx import wait_for_port
from tests.cli.running_server import PEER, ROOM_ID, RunningServer, ask_to_sign, put_in_room
from tests.postgres_server import PostgresServer
from tests.valkey_servers import ServerProcess
from tests.waiting import PATIENCE_SECONDS

CLUSTER = ROOT / "contrib" / "cluster"
NAME = "policy.example.org"
CADDY = shutil.which("caddy", path=str(Path(sys.executable).parent))
"""Caddy from a wheel, as new as in the compose file: Debian's cannot retry requests."""
MACHINES = ("one", "two")


def services():
    """Return the services of the compose file, by name."""
    return yaml.safe_load((CLUSTER / "compose.yaml").read_text())["services"]


class Cluster:
    """Two Countersigns, PostgreSQL, Valkey and Caddy.

    Args:
        folder: where all files go; it must exist.
        run_command: runs `countersign`.
    """

    def __init__(self, folder: Path, run_command) -> None:
        self._folder = folder
        self._run = run_command
        self._ending = contextlib.ExitStack()
        self.services = services()
        self.data = folder / "data"
        self.servers: dict[str, RunningServer] = {}
        self.ports: dict[str, int] = {}

    def __enter__(self):
        with contextlib.ExitStack() as ending:
            ending.callback(self._end)
            self._begin()
            ending.pop_all()
        return self

    def __exit__(self, *_):
        self._end()

    def _end(self):
        for server in self.servers.values():
            server.kill()
        self._ending.close()

    def _begin(self):
        made = self._run("init", "--server-name", NAME, "--dir", self.data)
        assert made.status == 0, made.err
        password = os.urandom(24).hex()
        (self.data / "database.password").write_text(f"{password}\n")
        self._start_postgres(password)
        self._start_valkey()
        migrate = self._home("migrate")
        migrate.refuse_words("casino")
        assert migrate.run(*self.services["migrate"]["command"]).status == 0
        put_in_room(migrate)
        for name in MACHINES:
            self.start(name)
        self._start_caddy()

    def _start_postgres(self, password):
        environment = self.services["postgres"]["environment"]
        user, database = environment["POSTGRES_USER"], environment["POSTGRES_DB"]
        self.postgres = PostgresServer()
        self._ending.callback(self.postgres.close)
        self.postgres.sql(f"CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}'")
        self.postgres.sql(f"CREATE DATABASE {database} OWNER {user} TEMPLATE template0")
        # As in the image: nobody comes in from elsewhere without the password.
        access = "local all all trust\nhost all postgres 127.0.0.1/32 trust\n"
        access += "host all all 127.0.0.1/32 scram-sha-256\n"
        (self.postgres.data / "pg_hba.conf").write_text(access)
        self.postgres.sql("SELECT pg_reload_conf()")

    def _start_valkey(self):
        program, *options = self.services["valkey"]["command"]
        assert program == "valkey-server"
        self.valkey = ServerProcess(self._folder, *options)
        self.valkey.start()
        self._ending.callback(self.valkey.stop)

    def _home(self, name):
        """Return the settings of one container: a file of its own in the folder that all mount."""
        settings = (CLUSTER / "countersign.yaml").read_text()
        for host, here in (
            ("@postgres:5432/", f"@127.0.0.1:{self.postgres.port}/"),
            ("//valkey:6379/", f"//127.0.0.1:{self.valkey.port}/"),
        ):
            assert settings.count(host) == 1
            settings = settings.replace(host, here)
        written = yaml.safe_load(settings)
        own = self._folder / name
        own.mkdir(exist_ok=True)
        # What would be each container's own: its addresses, and what it mounts in memory.
        (listener,) = written["listen"]
        self.ports.setdefault(name, free_port())
        listener |= {"address": "127.0.0.1", "port": self.ports[name]}
        token = Path(written["admin"]["token_file"])
        written["admin"] |= {"token_file": str(own / token.name), "port": 0}
        written["limits"]["trusted_proxies"] = ["127.0.0.0/8"]
        written["metrics"] |= {"address": "127.0.0.1", "port": free_port()}
        home = Home(self.data)
        home.config = self.data / f"{name}.yaml"
        home.config.write_text(yaml.safe_dump(written, sort_keys=False))
        return home

    def start(self, name):
        """Start the container of a machine."""
        home = self._home(name)
        server = RunningServer(home, start_server(home))
        self.servers[name] = server
        wait_until_ready(server)

    def lose(self, name):
        """Lose a machine at once: the supervisor and all workers."""
        server = self.servers.pop(name)
        children = [
            int(child)
            for file in Path(f"/proc/{server.pid}/task").glob("*/children")
            for child in file.read_text().split()
        ]
        for pid in (server.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.kill()

    def _start_caddy(self):
        self.port = free_port()
        balancer = (CLUSTER / "Caddyfile").read_text()
        (listener,) = yaml.safe_load((CLUSTER / "countersign.yaml").read_text())["listen"]
        for name in MACHINES:
            upstream = f"{name}:{listener['port']}"
            assert balancer.count(upstream) == 1
            balancer = balancer.replace(upstream, f"127.0.0.1:{self.ports[name]}")
        file = self._folder / "Caddyfile"
        file.write_text("{\n\tadmin off\n}\n" + balancer)
        home = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(self._folder))
        process = subprocess.Popen(
            [CADDY, "run", "--config", file, "--adapter", "caddyfile"],
            env={
                **os.environ,
                **home,
                "COUNTERSIGN_SERVER_NAME": f"http://127.0.0.1:{self.port}",
            },
            stderr=subprocess.DEVNULL,
        )
        self._ending.callback(process.wait, PATIENCE_SECONDS)
        self._ending.callback(process.terminate)
        wait_for_port(self.port, process)

    def ask(self, body, *, depth, port=None):
        """Ask the load balancer, or a machine, about a message; return status and answer."""
        event = PEER.event(
            content={"msgtype": "m.text", "body": body}, room_id=ROOM_ID, depth=depth
        )
        return self.ask_event(event, port=port)

    def ask_event(self, event, *, port=None):
        return ask_to_sign(event, NAME, port or self.port)

    def answered(self, name):
        """Return how many requests for a signature the workers of a machine answered."""
        server = self.servers[name]
        settings = yaml.safe_load(server.home.config.read_text())["metrics"]
        connection = http.client.HTTPConnection(
            settings["address"], settings["port"], timeout=PATIENCE_SECONDS
        )
        try:
            connection.request("GET", "/metrics")
            page = connection.getresponse().read().decode()
        finally:
            connection.close()
        return sum(
            float(line.split()[-1])
            for line in page.splitlines()
            if line.startswith('countersign_requests_total{endpoint="sign"')
        )

    def wait_until_both_answer(self):
        """Wait until the load balancer has found both again."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        before = {name: self.answered(name) for name in MACHINES}
        number = 10_000
        while any(self.answered(name) == before[name] for name in MACHINES):
            assert time.perf_counter() < deadline, "one machine gets no requests"
            number += 1
            self.ask(f"again {number}", depth=number)
            time.sleep(0.1)
