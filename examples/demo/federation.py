"""Two homeservers and a Policy Server that can reach each other on loopback addresses."""

from pathlib import Path
from types import TracebackType
from typing import Self

from examples.demo.certificates import CertificateAuthority
from examples.demo.homeserver import Synapse
from examples.demo.loopback import wait_until
from examples.demo.matrix_client import Json, MatrixUser
from examples.demo.policy_server import PolicyServer

USUAL_FEDERATION_PORT = 8448
USUAL_CLIENT_PORT = 8008


class LoopbackFederation:
    """A whole federation in one directory, started and stopped together.

    Each server has a loopback address of its own, since a server ACL tells servers apart by
    address and never by port.

    Args:
        directory: where all files go.
        policy: what Countersign's policy file is to hold.
        settings: further settings of Countersign's.
        prefers_usual_ports: take 8448 and 8008 where they are free; nicer to read, but two
            federations that start at the same moment would fight over them.
    """

    def __init__(
        self,
        directory: Path,
        policy: Json,
        *,
        settings: Json | None = None,
        prefers_usual_ports: bool = False,
    ) -> None:
        self.directory = directory
        self._federation_port = USUAL_FEDERATION_PORT if prefers_usual_ports else 0
        self._client_port = USUAL_CLIENT_PORT if prefers_usual_ports else 0
        self.authority = CertificateAuthority(directory / "certificates")
        self.first = self._homeserver("first-homeserver", "127.0.0.11")
        self.second = self._homeserver("second-homeserver", "127.0.0.12")
        self.policy_server = PolicyServer(
            directory / "countersign",
            "127.0.0.13",
            self.authority,
            policy=policy,
            settings=settings,
            preferred_port=self._federation_port,
        )

    @property
    def servers(self) -> tuple[PolicyServer | Synapse, ...]:
        """Every server."""
        return self.policy_server, self.first, self.second

    def __enter__(self) -> Self:
        """Start every server and wait until all answer."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop every server."""
        self.stop()

    def start(self) -> None:
        """Start every server and wait until all answer; leave none running if one does not.

        Raises:
            NotReadyInTimeError: a server ended, or does not answer.
        """
        try:
            for server in self.servers:
                server.start()
            for server in self.servers:
                server.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every server that runs."""
        for server in self.servers:
            server.process.terminate()
        for server in self.servers:
            server.process.stop()

    def protect(self, room_id: str, owner: MatrixUser) -> None:
        """Bring the Policy Server into a room and name it in `m.room.policy`."""
        self.policy_server.join(room_id, owner.server_name)
        self.name_policy_server(room_id, owner)

    def name_policy_server(self, room_id: str, owner: MatrixUser) -> None:
        """Name the Policy Server, which is in the room or on its way, in `m.room.policy`."""
        owner.wait_for_membership(room_id, self.policy_server.user_id, "join")
        owner.set_state(room_id, "m.room.policy", self.policy_server.room_policy())

    def wait_until_protected(self, room_id: str, user: MatrixUser) -> None:
        """Wait until a user's homeserver asks the Policy Server before it sends.

        It must know `m.room.policy`, and that the Policy Server is in the room. A Synapse that has
        just joined knows the first a moment before the second.

        Raises:
            NotReadyInTimeError: it does not come to know.
        """
        wait_until(
            lambda: user.find_state(room_id, "m.room.policy"),
            f"{user.server_name} knows m.room.policy",
        )
        user.wait_for_membership(room_id, self.policy_server.user_id, "join")

    def _homeserver(self, name: str, address: str) -> Synapse:
        return Synapse(
            self.directory / name,
            address,
            self.authority,
            preferred_port=self._federation_port,
            preferred_client_port=self._client_port,
        )
