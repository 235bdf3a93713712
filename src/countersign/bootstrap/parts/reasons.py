"""Construction of the explanations of refusals and of appeals."""

from countersign.bootstrap.parts.base_services import BaseServices
from countersign.config import Config
from countersign.service.reasons.appealing import Appealing
from countersign.service.reasons.explanations import Explanations
from countersign.service.reasons.page_limits import PageLimits
from countersign.service.rooms.protected_rooms import Rooms
from countersign.web.reasons.endpoint import PATH, ReasonServices


def pages_at(config: Config) -> str | None:
    """Return the address of the pages on refusals, up to the reference; None without pages."""
    public_url = config.reasons.public_url
    return None if public_url is None else f"{public_url}{PATH}"


def build_reasons(base: BaseServices, rooms: Rooms) -> ReasonServices:
    """Return the services of the pages on refusals."""
    settings = base.config.appeals
    appealing = Appealing(
        base.stores.appeals,
        base.policies,
        base.clock,
        base.metrics,
        answer_within_days=settings.answer_within_days,
        per_day=settings.per_day,
    )
    return ReasonServices(
        explanations=Explanations(base.stores.decisions, rooms),
        appealing=appealing if settings.is_on else None,
        limits=PageLimits(base.clock),
        clock=base.clock,
        operator_page=base.config.support.support_page,
    )
