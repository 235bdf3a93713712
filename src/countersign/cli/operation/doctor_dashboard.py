"""`countersign doctor` on the dashboard: whether a browser would reach it."""

import http.client
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from countersign.config import Config
    from countersign.service.health.doctor import Check

_SECONDS: Final = 5.0


def examine_dashboard(config: "Config") -> "Check | None":
    """Return how the dashboard of a running server is; None if the settings have none."""
    from countersign.service.health.doctor import Check, Outcome

    settings = config.dashboard
    if settings is None:
        return None
    listen = settings.listen
    at = f"{listen.address} port {listen.port}"
    if listen.port and not _answers(listen.address, listen.port):
        return Check(
            name="dashboard",
            outcome=Outcome.WARN,
            message=f"No dashboard answers at {at}.",
            remedy="If another program has the port, choose another one in the settings "
            "(dashboard: {listen: {port: …}}); then start the server again.",
        )
    if not ip_address(listen.address).is_loopback and settings.public_url is None:
        return Check(
            name="dashboard",
            outcome=Outcome.WARN,
            message=f"The dashboard listens at {at} without TLS: tokens can be read on the way.",
            remedy="Listen at 127.0.0.1, behind a reverse proxy with TLS that the settings name "
            "(dashboard: {public_url: https://…}).",
        )
    where = settings.public_url or f"http://{at.replace(' port ', ':')}"
    return Check(name="dashboard", outcome=Outcome.OK, message=f"It is opened at {where}.")


def _answers(address: str, port: int) -> bool:
    """Return True if a dashboard answers there."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens by this
    connection = http.client.HTTPConnection(
        everywhere.get(address, address), port, timeout=_SECONDS
    )
    try:
        connection.request("GET", "/sign-in", headers={"Host": "localhost"})
        response = connection.getresponse()
        return response.status == 200 and b"Countersign" in response.read(4_096)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
