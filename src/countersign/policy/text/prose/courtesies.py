"""Words of courtesy: thanks, wishes and greetings, which many people say in the same way.

Texts are compared without them. What is left of "thank you so much for the wonderful evening" is
too little to prove anything; what is left of a raid's message with thanks before it is the message.
"""

# ruff: noqa: RUF001 - words of many scripts

from typing import Final

from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.normalisation import normalize

_COURTESIES: Final = """
    thank thanks thankyou thx ty thankful grateful appreciate appreciated please sorry congrats
    congratulations congratulation hooray hurray cheers welcome hello hi hey bye goodbye goodnight
    happy merry wish wishes wishing birthday anniversary christmas xmas easter eid mubarak ramadan
    diwali hanukkah amen bless blessed blessing condolences wonderful amazing awesome lovely
    fantastic great brilliant excellent
    much very really lot
    danke dank dankeschön vielen herzlichen glückwunsch glückwünsche gratuliere gratulation frohes
    fröhliche frohe geburtstag weihnachten ostern bitte hallo moin tschüss wunderbar großartig toll
    schön wunderschön sehr herzlich beileid
    merci bravo félicitations joyeux joyeuse anniversaire noël bonjour bonsoir salut magnifique
    merveilleux super génial formidable beaucoup très condoléances bénisse
    gracias felicidades enhorabuena felicitaciones feliz cumpleaños navidad hola adiós maravilloso
    estupendo genial precioso muchas muchísimas muy bendiga bendiciones amén
    obrigado obrigada obrigadas obrigados parabéns aniversário natal olá tchau maravilhoso ótimo
    lindo muito muita muitos abençoe bênção
    grazie complimenti congratulazioni auguri buon buona compleanno natale pasqua ciao meraviglioso
    bellissimo stupendo molto mille benedica
    bedankt gefeliciteerd proficiat fijne gelukkig verjaardag kerst geweldig prachtig heel erg
    dzięki dziękuję dziękujemy gratulacje wszystkiego najlepszego urodzin świąt cześć wspaniałe
    super bardzo
    tack grattis jul underbart takk gratulerer tak tillykke kiitos paljon onnea kiitoksia
    teşekkürler teşekkür ederim ederiz tebrikler kutlu olsun mutlu yıllar doğum gününüz günün
    bayramınız mübarek merhaba harika çok
    спасибо большое благодарю благодарим поздравляю поздравляем днём рождения счастья желаю желаем
    здоровья привет здравствуйте пожалуйста замечательно прекрасно отлично очень аминь
    дякую дякуємо вітаю вітаємо народження щастя бажаю чудово дуже
    terima kasih makasih selamat ulang tahun banget keren
"""
_OTHERS: Final = """
    you u your so for dir euch ihnen für vous te os ti vi voi voce voces pour por para per voor wam
    wszystkim za i вам вас всем за size sana icin
"""
"""Small words that thanks and wishes are made with; they are left out beside one only."""
COURTESIES: Final = frozenset(skeleton(normalize(_COURTESIES)).split())
_SMALL: Final = frozenset(skeleton(normalize(_OTHERS)).split())
_LEFT_OUT: Final = COURTESIES | _SMALL


def may_lack_beside_courtesies(words: list[str], chars: int) -> bool:
    """Return False if surely so many characters are left of words without those of courtesy."""
    for word in words:
        if chars <= 0:
            break
        if word not in _LEFT_OUT:
            chars -= len(word)
    return chars > 0


def without_courtesies(words: list[str]) -> list[str]:
    """Return the words of a text, as `compared_words` gives them, without those of courtesy."""
    if COURTESIES.isdisjoint(words):
        return words
    return [word for word in words if word not in COURTESIES and word not in _SMALL]
