"""Strings in an event's content that no client shows: identifiers, hashes, ciphertext, keywords.

They are not texts of an event. Some are random, so that short words occur in them by chance: media
IDs, ciphertext. Others are in every message: a filter of the word `matrix` does not mean
`org.matrix.custom.html`. Each is recognised by its key *and* its format, so that no readable text
can hide under such a key.
"""

import re
from typing import Final

_BASE64: Final = r"[A-Za-z0-9+/_=-]"

_SHAPES: Final = {
    key: re.compile(shape)
    for keys, shape in (
        (("event_id", "redacts"), r"\$[A-Za-z0-9+/_-]{43}"),
        (
            ("url", "avatar_url", "thumbnail_url", "icon_url"),
            r"mxc://[A-Za-z0-9.:\[\]-]{1,255}/[A-Za-z0-9_~-]{1,255}",
        ),
        # Identifiers of the Matrix specification.
        (
            ("msgtype", "format", "rel_type", "kind", "algorithm", "type"),
            r"(?:m|org\.matrix)\.[a-z0-9._-]{1,60}",
        ),
        (("membership",), r"invite|join|knock|leave|ban"),
        (("join_rule",), r"public|invite|knock|restricted|knock_restricted|private"),
        (("history_visibility",), r"invited|joined|shared|world_readable"),
        (("guest_access",), r"can_join|forbidden"),
        (("mimetype",), r"(?:application|audio|image|text|video)/[a-z0-9.+-]{1,60}"),
        # The keys and hashes of an encrypted file.
        (("k", "iv", "sha256"), _BASE64 + r"{16,64}"),
        (("blurhash", "xyz.amorgan.blurhash"), r"[A-Za-z0-9#$%*+,.:;=?@\[\]^_{|}~-]{6,100}"),
        # A poll's answers and the votes for them.
        (("id", "m.id", "m.selections"), r"[A-Za-z0-9_-]{8,64}"),
        # The session of an encrypted event.
        (("session_id", "sender_key"), _BASE64 + r"{43,44}"),
        (("device_id",), r"[A-Z0-9]{10}"),
        # Third-party invites.
        (("token", "public_key"), _BASE64 + r"{16,128}"),
    )
    for key in keys
}


def is_unseen(key: str, text: str, event_type: str) -> bool:
    """Return True if `text`, the value of `key`, is a string that no client shows."""
    shape = _SHAPES.get(key)
    if shape is not None:
        return shape.fullmatch(text) is not None
    return key == "ciphertext" and event_type == "m.room.encrypted"
