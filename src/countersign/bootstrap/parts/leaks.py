"""Construction of the detection of leaks, and of their recipients."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.adapters.files.bounded_reading import read_bounded
from countersign.adapters.posts.webhooks import open_webhooks
from countersign.adapters.public_suffixes import registrable_domain
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.evaluation import EvaluationServices
from countersign.config import Config, ConfigError, Webhook
from countersign.service.leaks.detection import Leaks
from countersign.service.leaks.leak_metrics import show_leaks
from countersign.service.leaks.moderation_bots import ModerationBot, RedactCommands
from countersign.service.leaks.outbox import Outbox, Recipient
from countersign.service.leaks.own_redactions import OwnRedactions
from countersign.service.leaks.split_messages import SplitMessages
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.leaks.webhook_recipients import WebhookRecipient
from countersign.service.own_events.sending import OwnEvents
from countersign.service.rooms.protected_rooms import Rooms

MIN_SECRET_BYTES: Final = 16
MAX_SECRET_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakServices:
    """Services that detect leaks and hand them over; all run in the background.

    Attributes:
        leaks: detects leaks.
        split_messages: hands over the parts of refused messages.
        unseen: counts unseen signatures.
        outbox: delivers leaks to recipients.
        own_redactions: redacts as our user; None if that is off.
    """

    leaks: Leaks
    split_messages: SplitMessages
    unseen: UnseenSignatures
    outbox: Outbox
    own_redactions: OwnRedactions | None


async def build_leaks(
    base: BaseServices,
    rooms: Rooms,
    evaluation: EvaluationServices,
    own_events: OwnEvents,
    stack: AsyncExitStack,
) -> LeakServices:
    """Return the services that detect leaks and hand them over.

    Args:
        base: the base services; its settings name the recipients.
        rooms: the rooms that we protect.
        evaluation: decides and signs.
        own_events: redacts, if the settings turn it on.
        stack: closes what is opened here.

    Raises:
        ConfigError: a webhook's secret cannot be read.
        CertificatesInvalid: the file of extra authorities cannot be used.
    """
    config, store = base.config, base.stores.leaks
    recipients = [*await _recipients(base, rooms, stack)]
    own_redactions = None
    if config.redactions.by_ourselves:
        own_redactions = OwnRedactions(
            base.identity, own_events, language_of=base.policies.language_of
        )
        recipients.append(own_redactions)
    outbox = Outbox(recipients, store=store, clock=base.clock)
    unseen = UnseenSignatures(
        base.clock,
        ceiling=config.limits.unseen_signatures,
        broadcasts=base.broadcasts,
        is_blind=lambda: base.broadcasts is None and base.has_other_processes(),
    )
    leaks = Leaks(
        base.identity,
        decide=evaluation.decide,
        store=store,
        recipients=outbox.recipients,
        unseen=unseen,
        clock=base.clock,
        on_recorded=outbox.wake,
        registrable_domain=registrable_domain,
        broadcasts=base.broadcasts,
    )
    show_leaks(leaks, unseen, base.metrics)
    return LeakServices(
        leaks=leaks,
        split_messages=evaluation.split_messages,
        unseen=unseen,
        outbox=outbox,
        own_redactions=own_redactions,
    )


async def _recipients(
    base: BaseServices, rooms: Rooms, stack: AsyncExitStack
) -> Sequence[Recipient]:
    config = base.config
    commands = RedactCommands(base.identity, rooms)
    recipients: list[Recipient] = [
        ModerationBot(
            user_id,
            identity=base.identity,
            commands=commands,
            federation=base.federation,
            clock=base.clock,
        )
        for user_id in dict.fromkeys(config.redactions.bots)
    ]
    for webhook in {each.url: each for each in config.redactions.webhooks}.values():
        networks = (*config.federation.allow_networks, *webhook.allow_networks)
        authorities = config.federation.ca_certificates
        webhooks = await stack.enter_async_context(
            open_webhooks(
                AddressGuard(networks), make_tls_context(authorities and config.path(authorities))
            )
        )
        recipients.append(
            WebhookRecipient(
                webhook.url,
                secret=webhook_secret(config, webhook),
                identity=base.identity,
                commands=commands,
                webhooks=webhooks,
            )
        )
    return recipients


def webhook_secret(config: Config, webhook: Webhook) -> bytes | None:
    """Return the secret that signs bodies for a webhook; None if the settings name none.

    Raises:
        ConfigError: its file cannot be read, or has no secret.
    """
    if webhook.secret_file is None:
        return None
    file = config.path(webhook.secret_file)
    try:
        secret = read_bounded(file, MAX_SECRET_BYTES + 1).strip()
    except OSError as error:
        raise ConfigError(
            f"The webhook secret {file} cannot be read: {error.strerror}. Make one with:\n"
            f"head -c 32 /dev/urandom | base64 > {file}"
        ) from error
    if not MIN_SECRET_BYTES <= len(secret) <= MAX_SECRET_BYTES:
        raise ConfigError(
            f"The webhook secret {file} has {len(secret)} bytes; it needs {MIN_SECRET_BYTES} to "
            f"{MAX_SECRET_BYTES:,}."
        )
    return secret
