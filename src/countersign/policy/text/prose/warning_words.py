"""Words that show a text's attitude to fraud: warning, question, report, hearsay or praise."""

# ruff: noqa: RUF001 - words of many scripts

import re
from collections.abc import Iterable, Iterator
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.prose.denials import is_denied

MAX_READ_CHARS: Final = 1_024
"""Maximum number of characters of a text that `warns` searches."""

_FRAUD: Final = (
    "scam", "spam", "phish", "fraud", "hoax", "betrug", "abzocke", "arnaque", "escroc", "estafa",
    "golpe", "truffa", "oplicht", "oszust", "мошенн", "спам", "шахра", "dolandır", "penipu",
    "lua đao", "धोखा", "ठगी",
)  # fmt: skip
"""Words for fraud: beginnings of words, like all that follow."""
_UNSPACED_FRAUD: Final = (
    "诈骗", "骗子", "骗局", "詐騙", "詐欺", "スパム", "사기", "스팸", "احتيال", "نصاب",
    "کلاهبردار", "هرزنامه", "หลอกลวง", "มิจฉาชีพ",
)  # fmt: skip
_ATTENTION: Final = (
    "warning", "achtung", "attention", "atencao", "atención", "attenzione", "uwaga", "внимание",
    "увага", "dikkat", "warnung", "awas", "انتبه", "توجه",
)  # fmt: skip
"""Words that pitches begin with too: they warn only beside a marked quotation."""
_WARNINGS: Final = (
    "fake", "fishy", "sketchy", "suspicious", "bogus", r"legit ?(?:\?|or)",
    r"(?:is|are|looks?) \w{0,12} ?legit", "beware", "careful", "watch out",
    "(?:don'?t|do not|never|nobody|no one) (?:click|answer|reply|fall|trust|respond)",
    "(?:don'?t|do not|never|nobody|no one) (?:connect|open|send|believe)", "report(?:ed|s)?",
    "block(?:ed)?", "impersonat", "catfish", "rug ?pull", "too good to be true",
    "hack(?:ed|er)", "malware",
    "(?:nearly|almost) (?:believed|fell)|falls? for|fell for",         "vorsicht",
    "nicht (?:klicken|anklicken|antworten|reagieren|offnen)", "nichts anklicken", "masche",
    "melde[nt]", "unserios", "verdachtig", "serios", "gelogen", "gefalscht", "reingefallen",
    "hereinfallen", "ist das echt", "sperren", "failli y croire", "escroq", "mefie",
    "hameconnage", "frauduleu", "ne (?:cliquez|repondez|tombez)", "signale", "louche",
    "suspect", "faux", "bannir", "cuidado", "ojo con", "falso", "falsa",
    "no (?:respondan|entren|hagan|caigan|abran|contesten)", "sospechos", r"timo\b", "denunci",
    "reporten", "fraude", "casi cae", "nao (?:cliquem|respondam|caiam|abram)", "suspeit",
    "quase ca(?:iu|i)", "occhio a", "non (?:cliccate|rispondete|fidatevi|aprite)", "segnala",
    "sospett", "raggir", "fregatura", "stava per creder", "pas op", "let op", r"nep\b",
    "niet (?:klikken|reageren|openen|op klikken)", r"meld(?:en)?\b", "verdacht",
    "uwazaj", "sciem", "falszyw", "nie (?:klik|odpisu|dajcie|otwiera)", "zglas", "zglos",
    "podejrzan", "wyludz", "развод", "осторожно", "фишинг",
    "не (?:отвеча|ведитесь|переход|нажима|верьте|кликай)", "жалуй", "подозрит", "обман",
    "лохотрон", "фейк", "кидал", "забан", "чуть не повер", "обережно", "фішинг",
    "не (?:відповіда|ведіться|переходьте|натискайте|вірте)", "підозріл", "скаржт", "скам",
    "sahte", "oltalama", "inanmayın", "tıklamayın", "cevap vermeyin", "şikayet",
    "şupheli", "tuzak", "güvenmeyin", "احذر", "تصيد", "مزيف", "لا تضغط", "لا ترد",
    "بلغوا", "مشبوه", "خدعة", "نصب", "كادت تصدق", "مراقب", "فیشینگ", "جعلی", "گول",
    "گزارش", "مشکوک", "تقلبی", "सावधान", "फ्रॉड", "फ़्रॉड", "फिशिंग", "फ़िशिंग",
    "नकली", "से बचें", "क्लिक मत", "रिपोर्ट", "tipu", "hati-hati", "waspada",
    "jangan (?:dibalas|diklik|klik|percaya|dibuka)", "laporkan", "palsu", "mencurigakan",
    "bohong", "canh giac", "can than", "cẩn thận", "gia mao",
    "bao cao", "đung (?:tin|bam|tra loi|nhap|click|nhan)", "đang ngo", )  # fmt: skip
_UNSPACED_WARNINGS: Final = (
    "หลอก", "ระวัง", "อย่าหลง", "อย่าตอบ", "อย่ากด", "อย่าคลิก", "อย่าโอน", "ปลอม", "รายงาน",
    "โกง", "骗", "騙", "诈", "詐", "小心", "当心", "當心", "钓鱼", "釣魚", "假", "举报", "舉報",
    "不要点", "不要回", "别信", "別信", "别点", "可疑", "フィッシング", "偽", "通報", "怪し",
    "騙さ", "返信せ", "返信しない", "クリックしない", "조심", "피싱", "가짜", "믿지", "신고",
    "의심", "속지", "누르지",     )  # fmt: skip
_BESIDE_QUOTATIONS: Final = (
    r"mods?\b", r"moderator\w?", "moderation", r"moderador\w{0,2}", "moderatie",
    r"moderatör\w{0,3}", r"модератор\w{0,2}", "мод(?:ы|ера)", "zum glück", "gelukkig",
    "dobrze ze", "iyi ki", "добре що", "خوب شد", "अच्छा हुआ", "untung (?:tanya|nanya)",
    "may ma", "is (?:this|that|it) (?:real|true|safe|genuine)", "مواظب",
)  # fmt: skip
"""Words that warn only beside a quotation: questions, relief, calls for moderators."""
_UNSPACED_BESIDE_QUOTATIONS: Final = (
    "โชคดีที่ถาม", "还好", "幸好", "管理员", "聞いてくれてよかった", "モデレーター",
    "먼저물어", "다행",
)  # fmt: skip
_HEEDLESS: Final = (
    "warn", "ignor", "raid", "troll", "angriff", "antwortet nicht", "nicht antworten",
    "avertiss", "no respond", "ne repondez", "signale[rz]", "alerta", "nao respond",
    "non rispond", "waarschuw", "opgelet", "negeer", "ostrzez", "nie odpowiad", "uwaga",
    "внимани", "осторожн", "предупрежд", "игнорир", "рейд", "обережн", "попередж", "ігнор",
    "uyarı", "uyari", "görmezden", "gormezden", "şikayet", "abaikan", "lapor", "coi chung",
    "canh bao", "تحذير", "تجاهل", "चेतावनी", "هشدار",
    "do(?: not|n[’']?t) (?:answer|reply|respond)",
)  # fmt: skip
"""Words that tell people to ignore others. Pitches have them too («ignore the scammers»)."""
_UNSPACED_HEEDLESS: Final = (
    "忽略", "無視", "警告", "경고", "무시", "เตือน", "不要回",
)  # fmt: skip
_UNSPACED_ATTENTION: Final = (
    "注意", "주의",
)  # fmt: skip
_TELLING: Final = (
    "(?:sent|wrote|texted|messaged|dm'?ed|pinged) me",
    "(?:got|received|getting|gets) (?:this|that|a|the|an)", r"sms\b", r"dm\b", "posted",
    "posting", "(?:is|are|keeps) (?:sending|writing|posting)", "he wrote", "she wrote",
    "message says", "bekommen", "erhalten", "geschrieben", "schreibt mir", "nachricht", "recu",
    "envoye", "m'ecrit", "ecrit ceci", r"poste\b", "llego", "escribieron", "escribio",
    "me mandaron", "mandando", "recibi", "puso", "recebi", "recebeu", "receberam", "chegou",
    "mensagem", "arrivat", "scritto", "ricevut", "scrivendo", "kreeg", "gekregen", "ontvangen",
    "stuurt", "berichtje", "dostal", "dostala", "dostałam", "dostałem", "dostał", "napisal",
    "napisał", "smsa", "pisze do", "прислал", "пришл", "приходил", "написал", "рассыла", "смс",
    "прийшл", "розсила", "повідомлення", "geldi", "gelmiş", "yazıyor", "mesaj almış", "yazmış",
    "وصلت", "وصلني", "يرسل", "أرسل", "رسالة", "ارسل", "پیامک", "برایم آمد", "فرستاد", "آمده",
    "می فرستد", "میفرستد", "मैसेज आया", "यह आया", "भेज रहा", "भेजा",
    "dapat (?:sms|pesan|dm|ini|wa)", "saya dapat", "kirim ini", "dikirimi", "terima pesan",
    "nhan đuoc", "nhan tin", "nhan rieng",
)  # fmt: skip
_UNSPACED_TELLING: Final = (
    "ได้รับ", "ได้ข้อความ", "ทักมา", "ทักส่วนตัว", "收到", "发了", "發了", "私聊发",
    "届きました", "届いた", "来ました", "送って", "送られて", "받았", "받으셨", "왔어요",
    "보내요", "보냈",
)  # fmt: skip
_PRAISE: Final = (
    "(?:worked|works) for me", "(?:paid|pays|helped) me",
    "only (?:the )?(?:one|real|true|honest|legit|official)", "the only",
    "the real (?:one|deal)",
    "(?:it|this|he|she|they)(?:'s| is| are) (?:really )?(?:real|legit|true|genuine|honest)(?! or )",
    "(?:money|it all|all of it|everything) back",
    "i (?:earned|made|recovered|withdrew|invested|doubled|did)",
    r"i (?:got|received) (?:[$€£]|\d|my|paid|back)", "thank(?:s| you) (?:to|mrs|mr|her|him)",
    "join (?:here|now|us|me)", "(?:highly )?recommend",
    r"(?:contact|message|text|write|ask|dm|reach|try) (?:to )?(?:him|her|them|it)\b",
    "funktioniert", "verdient", "ausgezahlt", "wirklich", "nur (?:frau|herr)", "empfehle",
    "ca marche", "a marche", "j'ai (?:gagne|touche|recupere)", "la seule", "le seul",
    "recommande", "me funciono", "me pag", r"gane\b", r"cobre\b", "es real", "la unica",
    "el unico", "de verdad", "recomiend", "funcionou", "me pagou", "ganhei", "e real",
    "recebi r", "a unica", "recomend", "funziona", "ho guadagnato", "mi ha pagato", "l'unic",
    "consigli", "werkt echt", "verdiend", "de enige", "zarobil", "zarobił", "naprawde",
    "wyplac", "wypłac", "jedyn", "polecam", "заработал", "получил", "настоящ", "реальн",
    "выплат", "работает", "помог", "рекоменд", "единствен", "заробив", "отримав", "справжн",
    "допоміг", "єдин", "kazandım", "gerçek", "ödedi", "işe yaradı", "tavsiye", "ربحت", "حقيقي",
    "الوحيد", "صادق", "سود کردم", "واقعی", "تنها", "कमाए", "असली", "सच", r"asli\b",
    r"untung (?:besar|saya|\d)", "terbukti", r"cair\b", "berhasil", "la that", "uy tin",
    "kiem đuoc", "got paid", "did pay", r"geklappt\b", "ca a paye",
    "(?:see|look|check|try|test|judge)(?: it)? (?:for )?yoursel", "have a look yoursel",
    "(?:probiert|testet|pruft|uberzeugt)(?: es| euch)? selbst",
    "(?:essayez|verifiez)(?: par)? vous",
    "(?:prueben|comprueben)lo", "(?:probeer|kijk)(?: het)? zelf", "(?:sprawdzcie|zobaczcie) sami",
    "(?:проверьте|проверь|смотрите|попробуйте) сам", "(?:перевірте|дивіться|спробуйте) сам",
    "kendiniz (?:bakın|deneyin|görün)", "جربوا بانفسكم", "خودتون (?:ببینید|امتحان)",
    "(?:खुद|स्वयं) (?:देख|आज़मा|आजमा)", "(?:coba|cek) sendiri",
)  # fmt: skip
_UNSPACED_PRAISE: Final = (
    "ของจริง", "ได้กำไร", "ได้เงินจริง", "真的", "赚了", "提现", "到账", "靠谱", "只有", "本物",
    "稼げ", "稼ぎ", "儲か", "진짜", "벌었", "출금", "추천",
)  # fmt: skip
_HEARSAY: Final = (
    r"(?:people|they|some|many|others|everyone|everybody) (?:say|says|call|calls|claim|claims)\b",
    "supposedly", "allegedly", "so[ -]called", "angeblich", "manche (?:sagen|nennen)",
    "(?:die )?leute sagen", "man sagt", r"on dit\b", "certains disent", "soi-disant", "il parait",
    "dicen", "dizem", "falam que", "dicono", "si dice", r"(?:men|mensen|ze) zegg?(?:en)?\b",
    "podobno", "mowia", "rzekomo", "говорят", "якобы", r"мол\b", "кажуть", "нібито", "diyorlar",
    "sözde", "güya", "يقولون", "می گویند", "میگن", "कहते है", "katanya", "nguoi ta noi", "allitolag",
    r"pry\b", r"vraj\b",
)  # fmt: skip
_UNSPACED_HEARSAY: Final = (
    "有人说",
    "都说",
    "听说",
    "据说",
    "らしい",
    "と言われ",
    "라던데",
    "라고들",
    "เขาว่า",
)
_REACH: Final = 12
"""Number of characters after praise in which a question mark makes it a question."""
_ASKED: Final = re.compile(r"[?？؟吗嗎]|ですか|ますか|ですかね|ไหม|까|나요")


_NOT_BEFORE: Final = re.compile(r"\(\?![^()]*\)")


class _Words:
    """Search for hundreds of words in normalized texts, each from its beginning on.

    `re` takes 200 µs for a text. So RE2, which knows fewer conditions, first excludes the texts
    without any word.
    """

    def __init__(self, words: Iterable[str], unspaced: Iterable[str]) -> None:
        spaced_words = "|".join(dict.fromkeys(map(normalize, words)))
        unspaced_words = "|".join(map(normalize, unspaced))
        self._pattern = re.compile(rf"(?<!\w)(?:{spaced_words})|{unspaced_words}")
        rough = _NOT_BEFORE.sub("", spaced_words).replace(r"\w", r"\S").replace(r"\b", "")
        self._may_be_in = finder_of(rf"(?:\A|[^\pL\p{{Nd}}_])(?:{rough})|{unspaced_words}")

    def are_in(self, text: str) -> bool:
        """Return True if one of the words is in the text."""
        return self._may_be_in(text) and self._pattern.search(text) is not None

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Return an iterator over the words in the text."""
        return self._pattern.finditer(text) if self._may_be_in(text) else iter(())


_CALLS_ATTENTION: Final = _Words(_ATTENTION, _UNSPACED_ATTENTION)
_WARNING: Final = _Words(
    (*_WARNINGS, *_BESIDE_QUOTATIONS), (*_UNSPACED_WARNINGS, *_UNSPACED_BESIDE_QUOTATIONS)
)
_FRAUD_WORDS: Final = _Words(_FRAUD, _UNSPACED_FRAUD)
_BEWARE: Final = (*_FRAUD, *_ATTENTION, *_WARNINGS, *_HEEDLESS)
_UNSPACED_BEWARE: Final = (
    *_UNSPACED_FRAUD, *_UNSPACED_ATTENTION, *_UNSPACED_WARNINGS, *_UNSPACED_HEEDLESS,
)  # fmt: skip
_TO_BEWARE: Final = _Words(_BEWARE, _UNSPACED_BEWARE)
_TELLS: Final = _Words(_TELLING, _UNSPACED_TELLING)
_HEARS: Final = _Words(_HEARSAY, _UNSPACED_HEARSAY)
_QUESTION: Final = re.compile(r"[?؟？吗嗎か]")
_PRAISES: Final = _Words(_PRAISE, _UNSPACED_PRAISE)


def find_fraud_words(text: str) -> Iterator[re.Match[str]]:
    """Return an iterator over the words for fraud in a normalized text."""
    return _FRAUD_WORDS.find(text)


def warns(text: str) -> bool:
    """Return True if the beginning of a normalized text has a word of warning, negated or not.

    A text that others are to repeat has none; a text that quotes a raid has one.
    """
    text = text[:MAX_READ_CHARS]
    return _TO_BEWARE.are_in(text)


def asks_or_warns(text: str) -> bool:
    """Return True if a normalized text warns of something or asks whether it is true."""
    return any(not is_denied(text, word) for word in _WARNING.find(text))


def calls_attention(text: str) -> bool:
    """Return True if a normalized text calls for attention, as warnings and pitches do."""
    return _CALLS_ATTENTION.are_in(text)


def tells_of_message(text: str) -> bool:
    """Return True if a normalized text reports that somebody got or wrote a message."""
    return _TELLS.are_in(text)


def is_hearsay(text: str) -> bool:
    """Return True if a normalized text reports hearsay and asks nothing."""
    return _HEARS.are_in(text) and _QUESTION.search(text) is None


def praises(text: str) -> bool:
    """Return True if a normalized text praises an offer, or claims that its sender gained by it.

    A question such as «is it real?» is no praise.
    """
    return any(
        _ASKED.search(text, word.start(), word.end() + _REACH) is None
        for word in _PRAISES.find(text)
    )
