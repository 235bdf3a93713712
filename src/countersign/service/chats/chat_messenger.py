"""Messages of our user in direct chats, each sent once."""

import structlog

from countersign.policy.languages.sentences import isolated
from countersign.policy.languages.tags import is_right_to_left
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.own_user.chats import Chat
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.management.messenger import MESSAGE
from countersign.service.own_events.building import Draft
from countersign.service.own_events.sending import CannotSend, OwnEvents

log = structlog.get_logger()


class ChatMessenger:
    """Sends as our user to chats."""

    def __init__(self, own_events: OwnEvents) -> None:
        self._own_events = own_events

    async def say(
        self, chat: Chat, key: bytes, *sentences: str, answers: str | None = None
    ) -> bool:
        """Send sentences as one message, once; return True if it was sent or will be.

        Args:
            chat: the chat.
            key: identifies the reason of the message; a second one with the same key is not sent.
            sentences: in the language of the chat.
            answers: the ID of the message that it replies to; None if there is none.
        """
        content = {
            "msgtype": "m.notice",
            "body": "\n".join(isolated([each], chat.language) for each in sentences)
            if is_right_to_left(chat.language)
            else " ".join(sentences),
            "m.mentions": {},
            **({} if answers is None else {"m.relates_to": _reply_to(answers)}),
        }
        try:
            await self._own_events.send(chat.room_id, Draft(key=key, type=MESSAGE, content=content))
        except (CannotSend, AnswerUntrustworthy, StoreUnavailable) as error:
            log.info("nothing could be sent to a direct chat", reason=str(error))
            return False
        return True


def _reply_to(event_id: str) -> dict[str, dict[str, str]]:
    return {"m.in_reply_to": {"event_id": event_id}}
