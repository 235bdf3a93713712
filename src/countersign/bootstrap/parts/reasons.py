"""Construction of the explanations of refusals and of appeals."""

from countersign.bootstrap.parts.ground import Ground
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


def build_reasons(ground: Ground, rooms: Rooms) -> ReasonServices:
    """Return the services of the pages on refusals."""
    settings = ground.config.appeals
    appealing = Appealing(
        ground.stores.appeals,
        ground.policies,
        ground.clock,
        ground.metrics,
        answer_within_days=settings.answer_within_days,
        per_day=settings.per_day,
    )
    return ReasonServices(
        explanations=Explanations(ground.stores.decisions, rooms),
        appealing=appealing if settings.is_on else None,
        limits=PageLimits(ground.clock),
        clock=ground.clock,
        operator_page=ground.config.support.support_page,
    )
