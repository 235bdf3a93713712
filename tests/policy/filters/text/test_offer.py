"""Tests of `offer`: points for what is offered and where it leads, none for either alone."""

# ruff: noqa: RUF001 - words of many scripts

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.text.offer import Offer
from countersign.policy.findings import FindingKind
from countersign.policy.message_traits.everyday_contacts import most_everyday_points
from countersign.policy.questions.messages import QuotesTruly
from countersign.policy.text.indicators.joining import RecentMessages

JUDGE = Offer()
OFFER = "Turned $300 into $4000 thanks to Mrs Rowe, write her on WhatsApp +44 7700 900461"
REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}
QUOTING = f"> <@eve:example.com> {OFFER}\n\nplease stop that"


def points_of(event):
    finding = JUDGE.judge(event, Facts({QuotesTruly(): True}))
    return 0 if finding is None else finding.points


@pytest.mark.parametrize(
    "body",
    [
        OFFER,
        "Dank Frau Keller habe ich in einer Woche 4000 € verdient, Telegram: sabine_invest",
        "Díky paní Novákové jsem za týden vydělal 45 000 Kč, napište jí na Telegram @novakova_inv",
        "Работа на дому, доход 5000 в день, пишите в телеграм @rabota_hr",
        "घर बैठे रोज 3000 रुपये कमाएं, टेलीग्राम @hr_priya_work",
        "在家兼职，日赚300，加微信 lilaoshi8866",
        "Kredi 50.000 TL aynı gün, kefilsiz, WhatsApp 0 555 010 42 77",
    ],
)
def test_an_offer_with_a_contact_has_the_points_of_a_refusal(message, body):
    assert points_of(message(body)) >= 10


@pytest.mark.parametrize(
    "zone", ["hu", "ro", "sk", "gr", "bg", "lt", "lv", "hr", "si", "ph", "com"]
)
def test_a_bare_link_in_a_countrys_domain_leads_elsewhere(message, zone):
    body = f"Your parcel is on hold at customs, pay the fee here: parcel-fee.{zone}"
    assert points_of(message(body)) >= 8


@pytest.mark.parametrize(
    "body",
    [
        "Lån på 5 minutter uden kreditvurdering: laan-straks.dk",
        "Lainaa vaikka olisi maksuhäiriö, rahat heti tilille: lainapaikka-nyt.fi",
        "Személyi kölcsön BAR-listásoknak, 20 perc alatt: penz-azonnal.hu",
        "Krediti bez žiranta, novac danas: novac-danas.hr",
        "Sofortkredit ohne Schufa, Geld in 24 Stunden: geld-sofort.de",
        "Mkopo bila dhamana, dakika kumi tu: mkopo-sasa.co.ke",
    ],
)
def test_a_loan_without_checks_at_once_is_nearly_refused_by_its_words(message, body):
    assert points_of(message(body)) >= 8


@pytest.mark.parametrize(
    "body",
    [
        "Banken vill ha tre lönespecifikationer för lånet, räknare finns på konsumentbolan.se",
        "A kölcsönhöz jövedelemigazolást kérnek, itt írják: bankmonitor-forum.hu",
        "Für den Kredit will die Bank drei Gehaltszettel, Vergleich hier: zinsrechner-verein.de",
    ],
)
def test_talk_about_loans_with_a_link_has_few_points(message, body):
    assert points_of(message(body)) <= 4


@pytest.mark.parametrize(
    "body",
    [
        "Din försändelse har fastnat i tullen, betala 39 kr: sandning-avgift.se",
        "Ditt bankkort går ut idag, aktivera det nya: kort-aktivering.com",
        "Forsendelsen er stoppet i tollen, betal gebyret her: gebyr-pakke.no",
        "Dit kort spærres, lås op her: kort-genaabning.dk",
        "Küldeménye vámon van, igazolja adatait: csomag-igazolas.hu",
        "Váš balíček je zadržený, uhraďte poplatok: balicek-poplatok.sk",
        "Pachetul este reținut, completați datele: pachet-date.ro",
        "Το πακέτο σας: εκκρεμεί πληρωμή, κάντε κλικ: paketo-pliromi.gr",
        "Jūsų siunta: laukia apmokėjimo, atnaujinkite duomenis: siunta-duomenys.lt",
        "Jūsu sūtījums aizturēts, samaksājiet šeit: sutijums-maksa.lv",
        "Teie saadetis on kinni peetud, kinnitage: saadetis-kinnitus.ee",
        "Na-suspend ang account, i-update ang card mo: card-update.ph",
        "Kadi yako imefungwa, thibitisha hapa: kadi-thibitisha.co.ke",
    ],
)
def test_a_pretended_trouble_with_a_link_is_found_in_small_languages(message, body):
    assert points_of(message(body)) >= 8


@pytest.mark.parametrize(
    "body",
    [
        "Min försändelse har fastnat i tullen, så här gjorde ni på resedagboken.se",
        "Dugnad på lørdag klokka elleve, meld deg på her: vellet-fjordgata.no",
        "Mit kort udløber i dag, kan man få et nyt på filialen?",
        "A képek a kirándulásról: turaegylet-zebegeny.hu, jelentkezés a következőre ott",
        "Programul cercului de șah e pe sahlacluj.ro, vă așteptăm",
        "Na-suspend ang klase bukas, sched dito: paaralan-marikina.ph",
    ],
)
def test_everyday_news_with_a_link_has_few_points_in_small_languages(message, body):
    assert points_of(message(body)) <= 4


def test_a_file_and_a_link_to_a_shared_place_lead_nowhere(message):
    assert (
        points_of(message("The parcel demo is on hold, pay attention to the fee in main.rs")) == 0
    )
    assert points_of(message("Parcel on hold at customs, pay the fee: github.com/o/parcel")) == 0


WALLET = "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae"


@pytest.mark.parametrize(
    "body",
    [
        f"send 0.1 eth get 0.2 back {WALLET}",
        f"envoyez 0,5 ETH et recevez 1 ETH aussitôt, adresse {WALLET}",
        "put in 0.3 sol, 0.6 sol comes back: 7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU",
        "أرسل 100 USDT وستحصل على 200 فورا TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
    ],
)
def test_a_larger_sum_that_comes_back_counts_beside_a_wallet_in_any_language(message, body):
    assert points_of(message(body)) >= 6


@pytest.mark.parametrize(
    "body",
    [
        "the faucet gave me 0.2 eth after I sent 0.1, why twice?",
        f"I sent 0.2 eth and only 0.1 eth arrived, see {WALLET}",
        f"I sent 0.1 ETH to {WALLET} by mistake, is there any way to get it back?",
        f"donations so far: 3 people, wallet {WALLET}",
    ],
)
def test_sums_that_somebody_tells_of_or_asks_about_are_no_offer(message, body):
    assert points_of(message(body)) < 6


SESSION = "05f2a91c44be7d0e63b5188d9ca07e42f1b6d35a80c97e1f24ab6d0813ce59f7a2"


def test_a_name_in_session_leads_elsewhere_and_a_checksum_does_not(message):
    assert points_of(message(f"add me, I have cheap weed {SESSION}")) >= 10
    assert points_of(message(f"add my session {SESSION} I have something for you")) >= 10
    assert points_of(message(f"sha256sum of the image is {SESSION[:64]}")) == 0
    assert message(f"write to {SESSION}").indicators[0].name == SESSION


@pytest.mark.parametrize(
    "body",
    [
        "I made $1,800 this week with coach_daniel_fx on telegram",
        "si quieres ganar bien escríbele a @lucia_inversiones_vip",
        "we sell followers and likes, discord: panel.boss7",
    ],
)
def test_a_gain_beside_a_name_without_a_sign_or_without_a_messenger_is_an_offer(message, body):
    assert points_of(message(body)) >= 10


@pytest.mark.parametrize(
    "body",
    [
        "I use mautrix_telegram on telegram",
        "for the German translation please write to @maria_l",
        "my discord is anna.k7, see you at the pub quiz",
    ],
)
def test_names_that_nothing_is_promised_with_are_no_offer(message, body):
    assert points_of(message(body)) == 0


def test_a_wallet_beside_a_plea_counts_and_one_in_a_question_does_not(message):
    assert points_of(message(f"my kids are hungry, anything helps: {WALLET}")) >= 8
    assert points_of(message(f"is there any amount too small for {WALLET}?")) == 0
    assert points_of(message("my kids are hungry, anything helps: paypal.me/anna1")) >= 8
    assert points_of(message("my kids are hungry, see recipes.example/anna1")) == 0


@pytest.mark.parametrize(
    "body",
    [
        "¡ǝɯoɥ ɯoɹɟ ʎǝuoɯ uɹɐǝ telegram @homecash_lia",
        "ꓰꓮꓣꓠ ꓓꓮꓲꓡꓬ, no risk, ꓔꓰꓡꓰꓖꓣꓮꓟ @lisu_gold",
        "🇪​🇦​🇷​🇳 $500 daily, 🇹​🇪​🇱​🇪​🇬​🇷​🇦​🇲 @flag_cash",
    ],
)
def test_words_in_turned_letters_and_those_of_flags_count_as_what_people_read(message, body):
    assert points_of(message(body)) >= 10


@pytest.mark.parametrize(
    "body",
    [
        "PostNord: ditt paket har stoppats i tullen, betala 19 kr: postnord-tull.info",
        "OTP Bank: fiókját zároltuk, azonosítsa magát itt: otp-azonositas.com",
        "Εθνική: ο λογαριασμός σας έχει περιοριστεί, επιβεβαιώστε τα στοιχεία σας: ete-login.info",
    ],
)
def test_a_pretended_trouble_counts_beside_a_link_in_languages_without_a_model(message, body):
    assert points_of(message(body)) >= 6


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "my bank says that the account is blocked, what now?",
        "we lost our cat, please call +4915112345678 if you see him",
        "the parcel was held by customs for two weeks, such is life",
        "the telegram bridge is down again",
        "is there a room for jobs here?",
        "can someone review my airdrop contract? https://github.com/nadiaw/merkle-drop",
        "my matrix ID is @ben:example.org, and the release is at https://example.org/release",
    ],
)
def test_an_offer_or_a_contact_alone_and_everyday_talk_have_none(message, body):
    assert points_of(message(body)) == 0


@pytest.mark.parametrize(
    "body",
    [
        "I investigated the cryptography in LibreOffice, notes: https://pad.example.org/1",
        "is the registry field mandatory? https://docs.example.org/registry",
        "matrix multiplication with regularization: https://nb.example.org/2",
        "essayez la version 3 https://fr.example.org/3",
    ],
)
def test_words_that_only_begin_like_those_of_an_offer_are_none(message, body):
    assert points_of(message(body)) == 0


REPORTS = (
    "the trading bot plugin crashes after the update, log: ",
    "I work from home over VPN and ssh hangs at 100% CPU, trace: ",
    "der Casino-Bot stürzt ab, Log: ",
    "бот для казино вылетает, лог: ",
)


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_of_a_fault_in_a_program_is_no_offer(message, report):
    assert points_of(message(f"{report}https://paste.example.org/1")) == 0


@pytest.mark.parametrize(
    "more",
    [
        "write me on Telegram @grace_luck7",
        "guaranteed profit every day, register now",
        "your wallet is blocked, confirm it",
        "dm me and I help you with your account",
    ],
)
def test_a_report_beside_more_of_an_offer_is_one(message, more):
    assert points_of(message(f"{REPORTS[0]}https://paste.example.org/1 {more}")) >= 6


@pytest.mark.parametrize(
    "contact",
    [
        "Telegram @grace_luck7", "telegram: graceluck", "my t3l3gram is grace_luck7", "t.me/grace7",
        "W.h.a.t.s.a.p.p +234 803 555 0172", "WhatsApp 0803-555-0172", "whatsapp (803) 555.0172",
        "ＷｈａｔｓＡｐｐ ＋２３４８０３５５５０１７２",
        "@grace_luck7 on Telegram", "薇信: grace7788",
        "whatsapp: eight zero three five five five zero one seven two", "t(.)me/grace7",
        "Zalo 0905 550 142", "вотсап 8 905 555 01 42", "t€legr@m: grace_luck7",
    ],
)  # fmt: skip
def test_a_contact_is_found_in_many_forms(message, contact):
    assert points_of(message(f"everybody write me in private please, {contact}")) >= 10


def test_a_private_talk_about_a_gain_is_seen_without_a_contact(message):
    assert points_of(message("who wants to earn extra money from home? inbox me")) >= 10
    assert points_of(message("can somebody dm me please? I broke my settings")) < 5


def test_true_quotations_are_left_to_whoever_wrote_them(message, no_facts):
    quoting = message(QUOTING, **REPLY)

    assert points_of(quoting) == 0
    assert JUDGE.judge(quoting, Facts({QuotesTruly(): False})) is not None


def test_talk_about_a_fraud_without_a_contact_has_none(message):
    said = "'Invest $500 and get $5000 in 7 days, write me in private' - such a scam"

    assert points_of(message(said)) == 0


def test_the_reason_names_the_words_and_the_kind_is_evidence(message, no_facts):
    finding = JUDGE.judge(message(OFFER), no_facts)

    assert JUDGE.finding_kind is FindingKind.EVIDENCE
    assert "'write her'" in finding.reason
    assert finding.points <= JUDGE.most_points()


def test_letters_of_two_alphabets_and_signs_for_letters_are_read(message):
    assert points_of(message("C0чныe дев0чки ждyт teбя, интuм, пиши в телегу @hot18private")) >= 10
    assert points_of(message("gr@tis g!rls, s€x tonight, telegram hot_girls18")) >= 10


@pytest.mark.parametrize(
    "body",
    [
        "We look for a barista in Ghent, 13 € an hour, no experience needed, call 09 234 56 78",
        "Hiring: senior Rust developer, 80k EUR, https://careers.kestrel.example/jobs/rust",
    ],
)
def test_work_is_no_offer_beside_a_place_of_an_employer(message, body):
    assert points_of(message(body)) == 0


def test_work_is_an_offer_beside_a_messenger_or_a_gain(message):
    assert points_of(message("job from home, 90 € per day, WhatsApp +44 7700 900461")) >= 10
    assert points_of(message("Put in 2500 with him, took out 41000, WhatsApp +44 7700 900461")) >= 9


@pytest.mark.parametrize(
    "body",
    [
        "my telegram is @lucy_mae33",
        "count me in, Signal +1 555 008 9008",
        "WhatsApp +31 6 71058215 - but only after 6 pm",
    ],
)
def test_a_contact_alone_has_few_points(message, body):
    assert 0 < points_of(message(body)) <= 3


def test_a_contact_beside_sums_or_a_question_to_all_is_none_alone(message):
    assert points_of(message("with him 2500 became 41000, WhatsApp +44 7700 900461")) >= 7
    assert points_of(message("who is online? my telegram is @lucy_mae33")) >= 7


@pytest.mark.parametrize(
    "body",
    [
        "Selling a bicycle, 28 inch, 180 €, pick up near the station, WhatsApp +49 151 2345678",
        "Verkaufe Schreibtisch 140x70, VB 40 €, Abholung in Neukölln, Telegram @sven.klee",
        "LOST: black cat, at the park, since 4 pm. If found please call Signal 07700 900461",
        "Found a wallet near the station this morning, write me here or Telegram @ines_lopez",
        "Giving away: guitar. First come first served, WhatsApp 07700 900461",
        "Verkaufe Zelt für drei, VB 140 €, Abholung am Bahnhof, t.me/sven_aedd",
        "LOST: bunch of keys near the park. If found please call t.me/pawel_vcrh",
    ],
)
def test_a_small_ad_is_no_offer(message, body):
    assert points_of(message(body)) == 0


@pytest.mark.parametrize(
    "body",
    [
        "Selling aged Gmail and Facebook accounts in bulk, escrow ok, WhatsApp +91 7364127397",
        "Selling verified PayPal accounts, 50 €, Telegram @acc_shop77",
        "Giving away 10 BTC to my followers, first come first served, Telegram @elon_drop",
        "Ciao mamma, ho perso il telefono, scrivimi su questo numero Telegram @tom_goldqv",
        "Selling verified PayPal accounts, 50 €, t.me/acc_shop77",
        "Lost your crypto? A recovery expert gets it back, WhatsApp +1 555 010 0199",
        "looking for a serious relationship, write to WhatsApp +1 555 010 0199",
        "Selling a car, pay 100 € now and 4000 € later, WhatsApp +49 151 2345678",
    ],
)
def test_an_offer_in_the_words_of_a_small_ad_has_points(message, body):
    assert points_of(message(body)) >= 7


def test_a_contact_after_a_pitch_in_pieces_has_the_points_of_both(message):
    pieces = ("my friend lost all his coins", "a specialist recovered 10220 USDT of it",
              "Telegram @recover_now")  # fmt: skip

    joined = message(pieces[-1]).read_with(RecentMessages(pieces, 2))

    assert points_of(joined) >= 3


def test_a_link_after_a_pitch_in_pieces_has_the_points_of_both(message):
    pieces = (
        "Patente di guida originale",
        "senza esami, registrata",
        "la patente: patentefast.net",
    )

    first = message(pieces[-1]).read_with(RecentMessages(pieces, 2))
    later = message("ciao").read_with(RecentMessages((*pieces, "ciao"), 3))

    assert points_of(first) >= 4
    assert points_of(later) == 0


@pytest.mark.parametrize(
    ("answer", "is_offer"),
    [
        ("steht hier beschrieben: https://doc.example.de/installation", False),
        ("steht hier beschrieben: https://doc-hilfe.top/installation", True),
        ("Kontakt hier: https://doc.example.de/installation", True),
    ],
)
def test_a_link_after_talk_of_other_things_makes_no_offer_of_it(message, answer, is_offer):
    pieces = (
        "wir sammeln eine Spende für das Fest",
        "kann man Kontakte aus WhatsApp übernehmen?",
        answer,
    )

    assert (points_of(message(answer).read_with(RecentMessages(pieces, 2))) > 0) is is_offer


def test_people_who_are_addressed_are_no_contacts(message):
    addressed = "@bosugoz @birigen it cost him v-bucks and then the game asked 29,50 for the pass"

    assert points_of(message(addressed)) == 0
    assert points_of(message("@mrs_rowe on Telegram turned my $300 into $4000")) >= 10


def test_a_messenger_and_then_somebody_addressed_are_little_evidence(message):
    event = message("@alice can you look at it?")
    joined = event.read_with(
        RecentMessages(("the telegram bridge is down", "@alice can you look at it?"), 1)
    )

    assert points_of(joined) <= 3


@pytest.mark.parametrize(
    "body",
    [
        "I entered your number by mistake, can you send me the six digit code that you got?",
        "hab aus Versehen deine Nummer angegeben, kannst du mir den 6-stelligen Code schicken?",
        "por error te envié un código de 6 dígitos, ¿me lo puedes pasar?",
        "salut, je t'ai envoyé par erreur un code à 6 chiffres, tu peux me le transférer ?",
        "случайно указала твой номер, тебе придёт смс с кодом, скинь его мне",
        "mandei um código de 6 dígitos por engano pro seu celular, me passa por favor?",
        "hoi, ik heb per ongeluk een code naar jouw nummer gestuurd, kun je die even doorsturen?",
        "Merhaba, yanlışlıkla numaranı yazmışım, gelen 6 haneli kodu bana gönderir misin?",
        "不好意思,我填错了手机号,你刚收到的验证码能发给我吗",
        "죄송한데 실수로 번호를 잘못 입력했어요. 방금 받은 인증번호 좀 보내주세요",
        "أرسلت رمز التحقق إلى رقمك بالخطأ، ممكن ترسله لي؟",
        "Your account will be closed today. Reply with your recovery key to keep it.",
        "Moderator here, write me in private about your account.",
    ],
)
def test_a_request_for_a_secret_has_the_points_of_a_refusal(message, body):
    assert points_of(message(body)) >= 10


@pytest.mark.parametrize(
    "body",
    [
        "I did not get the six digit code by SMS, is the mail server down?",
        "My account is locked, can somebody tell me where I find my recovery key?",
        "The moderators will never ask for your password or recovery key.",
        "Please never type your seed phrase into a website, somebody here asked me for mine",
        "Enter your recovery key under Settings, Security, and the old messages come back.",
        "Nobody should ever send me their verification code, and I never send mine.",
        "Schick mir nie dein Passwort oder den SMS-Code, das fragt kein Moderator.",
        "Is there a moderator here? My account was reported, please dm me",
        "Can you send me the code of that plugin?",
        "Kannst du mir den Code von gestern schicken? Ich meine das Python-Skript.",
        "Скинь код модуля, посмотрю вечером",
        "Can an admin dm me please? It is about a ban I got by accident.",
        "You need your recovery key and your password, then the messages can be read again.",
        "Habe meine Passphrase vergessen, kann man das Konto noch retten?",
        "Мне пришёл код из смс, я его не просил, что делать?",
        "Scan the QR code with the other phone to verify the session.",
        "I am in a moderation team elsewhere, happy to talk about rules",
    ],
)
def test_talk_about_codes_and_moderators_is_no_request_for_a_secret(message, body):
    assert points_of(message(body)) <= 6


@pytest.mark.parametrize(
    "body",
    [
        "Scan this QR code and receive 200 USDT for free",
        "Escanea este QR y recibe 200 USDT gratis",
        "扫描二维码免费领取礼品",
    ],
)
def test_a_code_to_be_scanned_for_a_gift_leads_elsewhere(message, body):
    assert points_of(message(body)) >= 6


@pytest.mark.parametrize(
    "body",
    [
        "earn every day, my whatsapp is plus one seven zero two five five five zero one four nine",
        "legit loans same day, call five five five, zero one nine two, ask for Ben",
        "weed and coke, signal greenplug.77",
        "무료 리딩방 수익 보장, 오픈카톡 검색: 부자리딩방",
        "Search for FASTCASHGROUP on telegram and earn 200 daily",
        "ganhe sem sair de casa, chama no z4p: onze nove cinco cinco cinco cinco zero um oito oito",
        "1nv1erte 100 y g4na 1000, escr1be al w4tsap +34 6OO 12 34 56",
    ],
)
def test_contacts_in_words_and_in_the_forms_of_a_messenger_lead_elsewhere(message, body):
    assert points_of(message(body)) >= 6


@pytest.mark.parametrize(
    "body",
    [
        "whatsapp me for business +234 803 555 0127",
        "hit me up for prices, telegram @ab_cdef",
        "schreib mir für Aufträge, WhatsApp +49 151 1234567",
        "escríbeme para negocios, WhatsApp +52 81 5555 0199",
        "пишите по сотрудничеству, телеграм @ab_cdef",
    ],
)
def test_a_contact_beside_words_that_advertise_is_no_contact_alone(message, body):
    event = message(body)

    assert most_everyday_points(event) is None
    assert points_of(event) > 3


@pytest.mark.parametrize(
    "body",
    [
        "Earn 300 dollars a day from your phone, ask @vera22:example.org",
        "I made $4,000 in two weeks, all thanks to @otis:example.org, write to her for the same",
        "ganhe 500 por dia em casa, chama @ana7:example.org",
        "Earn 250 a day from home, link in my bio",
    ],
)
def test_a_gain_beside_a_matrix_user_to_write_to_or_a_link_in_a_profile_is_an_offer(message, body):
    assert points_of(message(body)) >= 10


@pytest.mark.parametrize(
    "body",
    [
        "thanks to @anna:example.org my server earns 20 dollars a day for the club now",
        "the loan of the beamer: ask @anna:example.org",
        "we are hiring a Python developer, 45 €/h, write to @hr:example.org",
    ],
)
def test_a_user_who_is_thanked_or_asked_about_a_thing_is_no_offer(message, body):
    assert points_of(message(body)) < 6


@pytest.mark.parametrize(
    "body",
    [
        "Kredit bis 20.000 ohne Schufa, Threema ID: K7PM2WQX",
        "tripled my money in a week, icq 411-902-337",
        "loans without papers, my threema is 8RTY4ZZA",
    ],
)
def test_an_id_of_a_messenger_behind_its_name_is_a_contact(message, body):
    assert points_of(message(body)) >= 11


@pytest.mark.parametrize(
    "body",
    [
        "a loan app with Threema Work support",
        "ICQ 2003 was easy money for its makers",
        "my Threema ID is K7PM2WQX",
    ],
)
def test_a_messenger_without_an_id_or_an_offer_is_none(message, body):
    assert points_of(message(body)) < 4


def test_a_request_to_write_for_support_claims_an_office(message):
    assert points_of(message("hello all, contact me for support")) == 6
    assert points_of(message("who can I contact for support?")) == 0
