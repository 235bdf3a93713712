"""`countersign doctor` on the dashboard: whether a browser would reach it."""

from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countersign.config import Config
    from countersign.service.health.doctor import Check


def examine_dashboard(config: "Config", warnings: "Mapping[str, str | None]") -> "Check | None":
    """Return how the dashboard of a running server is; None if the settings have none.

    Args:
        config: the settings.
        warnings: those of the running server's health.
    """
    from countersign.service.health.doctor import Check, Outcome

    settings = config.dashboard
    if settings is None:
        return None
    listen = settings.listen
    at = f"{listen.address} port {listen.port}"
    if "dashboard" not in warnings:
        return Check(
            name="dashboard",
            outcome=Outcome.WARN,
            message="The running server has no dashboard: the settings got it later.",
            remedy="Start the server again.",
        )
    if warnings["dashboard"] is not None:
        return Check(
            name="dashboard",
            outcome=Outcome.WARN,
            message=f"There is no dashboard. {warnings['dashboard']}",
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
    host = f"[{listen.address}]" if ":" in listen.address else listen.address
    address = settings.public_url or f"http://{host}:{listen.port}"
    return Check(name="dashboard", outcome=Outcome.OK, message=f"It is opened at {address}.")
