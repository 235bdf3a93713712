"""Addresses of wallets in a text, by their checksums where they have them.

Bitcoin, Litecoin, Dogecoin and Tron (base58 with a checksum), Bitcoin and Litecoin as bech32,
Ethereum and its kin, Monero, and Solana, whose addresses have no checksum.
"""

import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import islice
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.indicators.keccak import keccak_256

MAX_CANDIDATES: Final = 24
"""Maximum number of possible addresses that are checked in one text."""

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
# Base58 of 25 to 106 characters, bech32, or hexadecimal after 0x; each within word borders.
_CANDIDATE: Final = re.compile(
    r"(?<![A-Za-z0-9])"
    r"(?:0x[0-9A-Fa-f]{40}|(?:bc1|ltc1|BC1|LTC1)[02-9A-Za-z]{11,87}|[1-9A-HJ-NP-Za-km-z]{26,106})"
    r"(?![A-Za-z0-9])"
)
_holds_part: Final = finder_of(r"[0-9A-Za-z]{14}")
"""Returns True if a text has the pattern that every possible address contains."""
# Version bytes: Bitcoin (two), Litecoin (two), Dogecoin, Tron.
_VERSIONS: Final = frozenset({0x00, 0x05, 0x30, 0x32, 0x1E, 0x41})
_MONERO_LENGTHS: Final = {95: 69, 106: 77}
# Bytes of a block by its length in Monero's base58.
_BLOCK_BYTES: Final = {11: 8, 10: 7, 9: 6, 7: 5, 6: 4, 5: 3, 3: 2, 2: 1}
_SOLANA_BYTES: Final = 32
_SOLANA_LENGTHS: Final = range(43, 45)
# Beside such a word an address counts even with a wrong or missing checksum. A long enough one that
# begins with bc1 always does, because nothing else looks like it.
_MONEY_WORD: Final = re.compile(
    r"\b(?:sol(?:ana)?|phantom|wallet|usdc|usdt|airdrop|deposit|crypto|token|mint|donat\w*|btc|eth|"
    r"bitcoin|ethereum|send|pay\w*|invest\w*|profit\w*|double\w*)\b",
    re.IGNORECASE,
)
_SHORTEST_BECH32: Final = 38
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_CONSTANTS: Final = frozenset({1, 0x2BC830A3})
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def wallets_in(text: str) -> Iterator[str]:
    """Yield the addresses of wallets in `text`, in normal form; one may come twice.

    Beside a word about money a possible address counts even with a wrong checksum, because
    fraudsters mistype too.

    Args:
        text: as written, since case matters.
    """
    if not _holds_part(text):
        return
    is_about_money = cache(lambda: _MONEY_WORD.search(text) is not None)
    for match in islice(_CANDIDATE.finditer(text), MAX_CANDIDATES):
        word = match[0]
        if word[:2] == "0x":
            if _is_ethereum(word[2:]) or is_about_money():
                yield word.lower()
        elif word[:3].lower() == "bc1" or word[:4].lower() == "ltc1":
            if len(word) > _SHORTEST_BECH32 or _is_bech32(word):
                yield word.lower()
        elif _is_base58_address(word) or (
            len(word) in _SOLANA_LENGTHS and _is_solana(word) and is_about_money()
        ):
            yield word


def _is_base58_address(word: str) -> bool:
    if len(word) in _MONERO_LENGTHS:
        return _is_monero(word)
    if len(word) > 35:
        return False
    decoded = _decoded_base58(word)
    if len(decoded) != 25 or decoded[0] not in _VERSIONS:
        return False
    return sha256(sha256(decoded[:21]).digest()).digest()[:4] == decoded[21:]


def _decoded_base58(word: str) -> bytes:
    number = 0
    for letter in word:
        number = number * 58 + _VALUES[letter]
    zeros = len(word) - len(word.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _is_ethereum(digits: str) -> bool:
    letters = [each for each in digits if each.isalpha()]
    if all(map(str.islower, letters)) or all(map(str.isupper, letters)):
        return len(set(digits.lower())) > 4  # no filler such as 0x000...dead
    hashed = keccak_256(digits.lower().encode()).hex()
    return all(
        digit.isupper() == (int(nibble, 16) >= 8)
        for digit, nibble in zip(digits, hashed, strict=False)
        if digit.isalpha()
    )


def _is_monero(word: str) -> bool:
    if word[0] not in "48":
        return False
    decoded = bytearray()
    for start in range(0, len(word), 11):
        block = word[start : start + 11]
        size = _BLOCK_BYTES.get(len(block))
        number = 0
        for letter in block:
            number = number * 58 + _VALUES[letter]
        if size is None or number >> (8 * size):
            return False
        decoded += number.to_bytes(size, "big")
    if len(decoded) != _MONERO_LENGTHS[len(word)]:
        return False
    return keccak_256(bytes(decoded[:-4]))[:4] == bytes(decoded[-4:])


def _is_solana(word: str) -> bool:
    has_all = any(map(str.isdigit, word)) and any(map(str.islower, word))
    return has_all and any(map(str.isupper, word)) and len(_decoded_base58(word)) == _SOLANA_BYTES


def _is_bech32(word: str) -> bool:
    if word not in (word.lower(), word.upper()):
        return False
    prefix, _, data = word.lower().partition("1")
    if len(word) > 90 or any(letter not in _BECH32 for letter in data):
        return False
    values = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(each) & 31 for each in prefix]
    checksum = 1
    for value in (*values, *map(_BECH32.index, data)):
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                checksum ^= generator
    return checksum in _BECH32_CONSTANTS
