"""Application of the text model to an event's content."""

# ruff: noqa: RUF001 - letters of other alphabets are what this is about

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from countersign.policy.text.content import Content
from countersign.policy.text.content_parts import Text
from countersign.policy.text.finders import finder_of
from countersign.policy.text.links.bare_names import CLOSING, is_place
from countersign.policy.text.links.disguises import deobfuscated
from countersign.policy.text.look_alikes import NEGATIVES
from countersign.policy.text.normalisation import SEPARATOR, normalize
from countersign.policy.text.prose.fair_shares import fair_limit
from countersign.policy.text.prose.spelled_words import without_spelling
from countersign.policy.text.prose.turned_letters import read_backwards, with_upright_letters
from countersign.policy.text_model.features import MIN_CHARS, Features, find_features
from countersign.policy.text_model.masking import MAX_READ_CHARS
from countersign.policy.text_model.model import Prediction, TextModel, Weighed

MAX_TEXTS: Final = 12
"""Maximum number of texts of one event that the model reads, the longest ones."""
_FEW_TEXTS: Final = 3
"""Number of texts above which half as much is read in all, for the fixed cost of each."""
_LEAST_CHARS: Final = MIN_CHARS // 2
_JOINING: Final = "_-~+*."
_LEAST_JOINED: Final = 5
_LEAST_JOINED_CHARS: Final = 25
"""Average number of characters for each space from which words may be joined by punctuation."""
# Words in letters that Unicode has for phonetics, where two of them in a row are seldom; in those
# of Lisu, which look like capitals; in white on black; and in those of which flags are made, two
# for each.
_SMALL_CAPITALS: Final = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"
_LISU: Final = "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ"
_OF_FLAGS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_LETTER_FOR: Final = str.maketrans(
    _SMALL_CAPITALS + _LISU + _OF_FLAGS + "".join(NEGATIVES),
    "abcdefghijklmnoprstuvwyz"
    "abcdefghijklmnoprstuvwxyz"
    "abcdefghijklmnopqrstuvwxyz" + "".join(NEGATIVES.values()),
)
_holds_odd_letters: Final = finder_of(
    f"[{_SMALL_CAPITALS}{_LISU}]{{2}}|[🇦-🇿]{{5}}|(?:[🇦-🇿]\\PL{{1,3}}){{5}}"
    f"|(?:[{min(NEGATIVES)}-{max(NEGATIVES)}]\\PL{{0,3}}){{5}}"
)
_PICTURE: Final = re.compile("[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]")
_CAPITAL: Final = re.compile(r"(?<=[^\W_]|[,;!?])(?<![A-ZÀ-ÖØ-ÞЀ-Я])(?=[A-ZÀ-ÖØ-ÞЀ-Я])")
_CUTS: Final = {sign: re.compile(rf"(?<=[^\W\d_]){re.escape(sign)}(?=[^\W\d_])") for sign in ".-*"}
"""Signs that may cut words apart, each with the pattern of a cut by it."""
_MOST_CHARS_FOR_A_CUT: Final = 16
"""Average number of characters for each sign from which signs may cut words apart."""
_BODY: Final = (None, "body")


class ReadText(NamedTuple):
    """Text of sufficient length: its features, the text, and the text normalized."""

    features: Features
    text: Text
    normalized: str


class WeighedText(NamedTuple):
    """Text with points: its weight, the text, and the text normalized."""

    weighed: Weighed
    text: Text
    normalized: str


@dataclass(frozen=True, slots=True)
class ContentPrediction:
    """The text of a content with the most points, with its path."""

    prediction: Prediction
    path: str


def read_texts(seen: Content) -> list[ReadText]:
    """Return the visible texts as the model reads them, without very short ones.

    The quotation of a reply is left out, unless it counts as the sender's own text.
    """
    is_alone = len(seen.texts) == 1 and not seen.own and not seen.quoted
    if is_alone and len(seen.normalized) >= _LEAST_CHARS:
        # Most messages are one text.
        raw = seen.texts[0].raw
        meant = raw
        if seen.disguised_links:
            # The same beginning was read for its links.
            beginning, rest = raw[:MAX_READ_CHARS], raw[MAX_READ_CHARS:]
            meant = seen.undisguised(beginning).meant + rest
        normalized = seen.normalized if meant == raw else normalize(meant)
        return _read_both_ways(raw, seen.texts[0], _with_plain_words(meant, normalized))
    pairs = [
        pair
        for pair in zip(seen.texts, seen.normalized.split(SEPARATOR), strict=False)
        if len(pair[1]) >= _LEAST_CHARS
    ]
    if len(pairs) > MAX_TEXTS:
        pairs = sorted(pairs, key=lambda pair: -len(pair[1]))[:MAX_TEXTS]
    # Texts of one event share what is read of a long one.
    share = _share_of([text.raw for text, _ in pairs])
    different: dict[str, tuple[str, Text]] = {}
    for text, normalized in pairs:
        raw = text.raw
        if raw in seen.own:
            raw = seen.own[raw]
            normalized = normalize(raw)
        # As written, since line breaks may break links.
        meant = deobfuscated(raw[:share]) if seen.disguised_links else raw[:share]
        normalized = normalized if meant == raw[:share] else normalize(meant)
        different.setdefault(_with_plain_words(meant, normalized), (raw, text))
    for quoted in seen.quoted:
        # By itself: what one says and another answers is no pitch together.
        different.setdefault(normalize(quoted), (quoted, Text(quoted, _BODY)))
    limit = _share_of(different)
    found: list[ReadText] = []
    for normalized, (raw, text) in different.items():
        found += _read_both_ways(raw, text, normalized[:limit])
    return found


def _with_plain_words(raw: str, normalized: str) -> str:
    """Return a normalized text with plain letters for odd ones, spelled and turned words."""
    if not normalized.isascii() and _holds_odd_letters(normalized):
        raw = raw.translate(_LETTER_FOR)
        normalized = normalize(raw)
    spelled = without_spelling(raw)
    return with_upright_letters(normalized if spelled is None else normalize(spelled))


def _read_both_ways(raw: str, text: Text, normalized: str) -> list[ReadText]:
    """Return the readings of a text: as written, with words apart or together, and reversed."""
    return [
        ReadText(features, text, read_so)
        for read_so in (
            normalized,
            words_apart(normalized, raw),
            words_together(normalized),
            read_backwards(normalized),
        )
        if read_so and (features := find_features(raw, read_so)) is not None
    ]


def weigh_texts(texts: list[ReadText], model: TextModel) -> list[WeighedText]:
    """Return the texts with points, the highest first."""
    found = [
        WeighedText(weighed, text, normalized)
        for features, text, normalized in texts
        if (weighed := model.weighed(features)) is not None
    ]
    return sorted(found, key=lambda each: -each.weighed.score) if len(found) > 1 else found


def _share_of(texts: Collection[str]) -> int | None:
    """Return the number of characters that are read of each text; None for a single text."""
    if len(texts) < 2:
        return None
    most = MAX_READ_CHARS if len(texts) <= _FEW_TEXTS else MAX_READ_CHARS // 2
    return fair_limit(map(len, texts), most)


def words_apart(normalized: str, raw: str = "") -> str | None:
    """Return a text with spaces for signs or capitals that join its words; None if none does.

    A link keeps its punctuation. Of words that full stops join the last two stay together, because
    they may be a host.

    Args:
        normalized: the text, see `normalize`.
        raw: the same as written, with its capitals.
    """
    if len(normalized) < _LEAST_JOINED_CHARS * (normalized.count(" ") + 1):
        return None
    # No more of it is read; the last word is looked at as a whole, unless it is endless.
    end = normalized.find(" ", MAX_READ_CHARS, 2 * MAX_READ_CHARS)
    read = normalized[: 2 * MAX_READ_CHARS if end < 0 else end]
    joined = " ".join([_apart(piece) for piece in read.split(" ")])
    if joined != read:
        return joined
    spaced, count = _CAPITAL.subn(" ", raw[:MAX_READ_CHARS])
    return normalize(spaced) if count >= _LEAST_JOINED else None


def _apart(piece: str) -> str:
    head, sign, link = piece.partition("://")
    # Each may be another one, and counting all of them would take time by the square of the length.
    pictures = [] if head.isascii() else Counter(_PICTURE.findall(head)).most_common(1)
    joining = max((*_JOINING, *(picture for picture, _ in pictures)), key=head.count)
    if head.count(joining) < _LEAST_JOINED:
        return piece
    if joining != "." or sign:
        return head.replace(joining, " ") + sign + link
    *words, name, ending = head.split(joining)
    return f"{' '.join(words)} {name}.{ending}"


def words_together(normalized: str) -> str | None:
    """Return a text without the signs that cut its words (`in-vest`, `pro.fit`); None without any.

    Args:
        normalized: the text, see `normalize`.
    """
    read = normalized[:MAX_READ_CHARS]
    least = max(_LEAST_JOINED, len(read) // _MOST_CHARS_FOR_A_CUT)
    sign = max(_CUTS, key=read.count)
    if read.count(sign) < least:
        return None
    words = [
        word if is_place(word.rstrip(CLOSING), "") or "/" in word else _CUTS[sign].sub("", word)
        for word in read.split(" ")
    ]
    together = " ".join(words)
    return together if len(read) - len(together) >= least else None


def predict(weighed: list[WeighedText], model: TextModel) -> ContentPrediction | None:
    """Return the text with the most points in a language that the model knows, or None.

    Args:
        weighed: the texts, the highest points first.
        model: the model that weighed them.
    """
    for each in weighed:
        prediction = model.in_language(each.weighed, each.normalized)
        if prediction is not None:
            return ContentPrediction(prediction, each.text.path)
    return None
