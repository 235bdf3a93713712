"""Scripts that put no space between words."""

from typing import Final

UNSPACED: Final = (
    "\u0e00-\u109f"  # Thai, Lao, Tibetan, Burmese
    "\u1100-\u11ff\u1700-\u17ff"  # letters of Hangul; of the Philippines; Khmer
    "\u1950-\u1aaf\u1b00-\u1bff"  # Tai Le, New Tai Lue, Buginese, Tai Tham; Balinese to Batak
    "\u2e80-\ua63f"  # Chinese, Japanese, Yi, Vai
    "\ua840-\ua87f\ua930-\uaadf"  # Phags-pa; Rejang, Javanese, Cham, Tai Viet
    "\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"  # Korean; wide and narrow forms
    "\U00011000-\U000143ff"  # Brahmi and its old descendants, cuneiform, hieroglyphs
    "\U00016fe0-\U0001b2ff\U00020000-\U0003ffff"  # Tangut, kana, Nushu; further Chinese
)
"""Ranges of their letters for a character class of a regular expression, without emoji."""
