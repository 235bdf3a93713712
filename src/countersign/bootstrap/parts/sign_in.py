"""Construction of sign-in by Matrix account: roles, and OpenID tokens."""

from dataclasses import dataclass

from countersign.bootstrap.parts.base_services import BaseServices
from countersign.ports.actors import Role
from countersign.service.management.rooms import ManagementRooms
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
    base: BaseServices, management_rooms: ManagementRooms, rooms: Rooms
) -> SignInServices:
    """Return the services for sign-in by Matrix account."""
    settings = base.config.dashboard
    accounts = Accounts(
        management_rooms,
        {
            community: {user_id: Role(role) for user_id, role in each.moderators.items()}
            for community, each in base.config.management.items()
        },
        rooms=rooms,
        community_of=lambda room_id: base.policies.for_room(room_id).name,
        has_room_moderators=settings is not None and settings.room_moderators,
    )
    openid = None
    if settings is not None and settings.openid:
        openid = OpenIdSignIn(accounts, base.federation, base.stores.sign_ins, base.clock)
    return SignInServices(accounts=accounts, openid=openid)
