"""Construction of sign-in by Matrix account: roles, and OpenID tokens."""

from dataclasses import dataclass

from countersign.config import Config
from countersign.ports.actors import Role
from countersign.ports.clock import Clock
from countersign.ports.federation import FederationClient
from countersign.ports.stores.review.sign_ins import SignInStore
from countersign.service.management.rooms import ManagementRooms
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.sign_in.accounts import Accounts
from countersign.service.sign_in.openid import OpenIdSignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInServices:
    """Services by which the holders of Matrix accounts sign in.

    Attributes:
        accounts: know who has a role.
        openid: lets in by OpenID tokens; None where the settings do not say so.
    """

    accounts: Accounts
    openid: OpenIdSignIn | None


def build_sign_in(
    config: Config,
    management_rooms: ManagementRooms,
    rooms: Rooms,
    policies: Policies,
    federation: FederationClient,
    store: SignInStore,
    clock: Clock,
) -> SignInServices:
    """Return the services for sign-in by Matrix account."""
    settings = config.dashboard
    accounts = Accounts(
        management_rooms,
        {
            community: {user_id: Role(role) for user_id, role in each.moderators.items()}
            for community, each in config.management.items()
        },
        rooms=rooms,
        community_of=lambda room_id: policies.for_room(room_id).name,
        has_room_moderators=settings is not None and settings.room_moderators,
    )
    is_by_openid = settings is not None and settings.openid
    return SignInServices(
        accounts=accounts,
        openid=OpenIdSignIn(accounts, federation, store, clock) if is_by_openid else None,
    )
