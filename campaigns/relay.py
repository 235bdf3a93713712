"""A relay to a server on loopback, which simulates a network that can be cut."""

import socket
import threading
from contextlib import suppress

MAX_CONNECTIONS = 200


class Relay:
    """Passes bytes on both ways. While it is cut nothing arrives, and no connection ends by that.

    Args:
        port: of the server behind it.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._passes = threading.Event()
        self._passes.set()
        self._places = threading.Semaphore(MAX_CONNECTIONS)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Let nothing through, in either direction."""
        self._passes.clear()

    def restore(self) -> None:
        """Let through what waits, and all that comes."""
        self._passes.set()

    def lead_to(self, port: int) -> None:
        """Connect to another server from now on, as a changed address does."""
        self._to = port

    def close(self) -> None:
        """Accept no more connections; those that are open end with their peers."""
        self._passes.set()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with self._places, client:
            self._passes.wait()
            try:
                server = socket.create_connection(("127.0.0.1", self._to), 5)
            except OSError:
                return
            server.settimeout(None)
            with server:
                back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
                back.start()
                self._pass(client, server)
                back.join()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._passes.wait()
                target.sendall(data)
        # Either direction's end is the end of both.
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
