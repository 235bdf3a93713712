"""Construction of the dashboard's services, which use the same commands as the admin API."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from countersign.adapters.system import SystemClock
from countersign.basics.durations import DAY_MS
from countersign.bootstrap.parts.sign_in import SignInServices
from countersign.config import Config
from countersign.ports.stores.bundle import Stores
from countersign.web.admin.app import AdminServices
from countersign.web.dashboard.app import DashboardServices
from countersign.web.dashboard.operation.settings import Setting
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.token_holders import TokenHolders

_KEPT: Final = "retention."


def build_dashboard_services(
    config: Config, admin: AdminServices, sign_in: SignInServices, stores: Stores
) -> DashboardServices:
    """Return the services of the dashboard.

    Args:
        config: the settings.
        admin: the services of the admin API.
        sign_in: sign-in by Matrix accounts.
        stores: keep sessions and sign-in attempts.
    """
    settings, register = config.dashboard, admin.commands.register
    return DashboardServices(
        identity=admin.identity,
        holders=TokenHolders(admin.token, register.find_actor, register.find_named),
        accounts=sign_in.accounts,
        openid=sign_in.openid,
        sessions=stores.sessions,
        sign_ins=stores.sign_ins,
        commands=admin.commands,
        addresses=ClientAddresses(config.limits.trusted_proxies),
        clock=SystemClock(),
        randomness=admin.randomness,
        health=admin.health,
        settings=[
            *_settings(config.model_dump(), config.model_dump(exclude_unset=True)),
        ],
        public_url=None if settings is None else settings.public_url,
    )


def _settings(
    values: Mapping[str, Any], file_values: Mapping[str, Any] | None, prefix: str = ""
) -> Iterator[Setting]:
    """Yield every setting by its path.

    Args:
        values: all settings of a section.
        file_values: those in the file; None if it does not have the section.
        prefix: the path of the section.
    """
    for name, value in values.items():
        path = f"{prefix}{name}"
        is_set = file_values is not None and name in file_values
        if isinstance(value, dict) and value:
            yield from _settings(
                value, file_values[name] if is_set and file_values else None, f"{path}."
            )
        else:
            yield Setting(path, _in_words(path, value), is_set)


def _in_words(path: str, value: Any) -> str:
    if path.startswith(_KEPT):
        if value is None:
            return "forever"
        return f"{value // DAY_MS} days" if value else "not at all"
    if value is None or value == () or value == {}:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return ", ".join(_in_words("", each) for each in value)
    if isinstance(value, dict):
        parts = (f"{name}: {_in_words('', each)}" for name, each in value.items())
        return "{" + ", ".join(parts) + "}"
    return str(value)
