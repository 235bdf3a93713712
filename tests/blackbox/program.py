"""The program under test, used only through its command line, files and signals."""

import time

import yaml
from examples.demo.policy_server import CommandFailedError, PolicyServer
from examples.demo.server_process import quiet_environment

from tests.deployments import KNOWN_TO_ALL_SECONDS, PATIENCE
from tests.fork_server import ForkedServer

SPAM = "cheap watches"
SAYS = "No adverts in this room, please."
KEYWORDS = {"filters": [{"keyword": {"words": [SPAM]}, "says": SAYS}]}


class Program(PolicyServer):
    """A Countersign server at its own loopback address.

    Args:
        directory: where its files go.
        address: the IP address that is the host of its server name.
        authority: issues its certificate.
        forks: runs its commands.
        settings: what to set in the YAML beside what `countersign init` wrote.
    """

    def __init__(self, directory, address, authority, forks, **settings):
        self._forks = forks
        super().__init__(directory, address, authority, policy=KEYWORDS)
        self.authority = authority
        self.server_name = settings.get("server_name", self.server_name)
        self.user_id = f"@policy:{self.server_name}"
        written = yaml.safe_load(self.config.read_text())
        self.config.write_text(yaml.safe_dump({**written, **settings}, sort_keys=False))
        self.process = ForkedServer(
            forks,
            ["serve", "--config", str(self.config)],
            directory / "countersign.log",
            before=PATIENCE if self.workers > 1 else "",
        )

    @property
    def workers(self):
        """The number of processes that answer."""
        return yaml.safe_load(self.config.read_text()).get("workers", 1)

    def settle(self):
        """Wait until every worker has applied the changes of the others and of the leader."""
        if self.workers > 1:
            time.sleep(KNOWN_TO_ALL_SECONDS)

    def join(self, room_id, via):
        super().join(room_id, via)
        self.settle()

    def start_and_wait(self):
        self.start()
        self.wait_until_ready()
        return self

    def _run(self, *command):
        status, out, err = self._forks.run(
            [*command],
            stdin="",
            cwd=str(self.directory),
            environment=quiet_environment(),
        )
        if status:
            raise CommandFailedError(f"{out}{err}")
        return out

    @property
    def policy_key(self):
        return self.get("/.well-known/matrix/policy_server")["public_keys"]["ed25519"]
