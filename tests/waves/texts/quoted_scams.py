"""Scams as honest people quote them to warn or to ask, in twenty languages.

Each language has scams, with `{site}` for a site and `{who}` for a contact, and what people write
around one, with `{said}` for the scam.
"""

# ruff: noqa: RUF001, E501 - people write as they write

from typing import NamedTuple


class Quoting(NamedTuple):
    """Scams of a language, and what people write around them."""

    scams: tuple[str, ...]
    frames: tuple[str, ...]


QUOTING = {
    "en": Quoting(
        (
            "Congratulations! Your wallet was selected for the airdrop. Connect at {site} and claim 1,200 tokens before midnight",
            "Hello dear, I made $4,500 in one week with Mrs. Clara, a professional trader. Message {who} to start with only $200",
            "We need people who like videos on YouTube, $150 to $300 per day, paid daily, no experience. Contact {who}",
            "This is the official support team. Your account will be suspended, verify your seed phrase at {site} within 24 hours",
            "I recovered my stolen bitcoin thanks to a certified recovery expert, reach him at {who}",
            "Send 0.5 ETH to the address on {site} and receive 1 ETH back, only today, Elon giveaway",
        ),
        (
            'Is this a scam? Someone sent me: "{said}"',
            "Careful everyone, somebody is writing this to people here in private:\n> {said}\nPlease don't answer and report them.",
            "got this DM just now, looks fishy to me:\n```\n{said}\n```\nlegit or not?",
            "FYI there's a fake admin around. He wrote me: {said} -- obviously I blocked him",
            "My mum got this on whatsapp today, she nearly believed it... “{said}” what should I tell her?",
            "warning: scam going around\n\n{said}\n\ndo NOT click or connect anything",
            "can a mod have a look? user in #lobby posted: '{said}' and then deleted it",
            'lol the spam gets better every week: "{said}" who falls for that',
        ),
    ),
    "de": Quoting(
        (
            "Herzlichen Glückwunsch, Ihr Wallet wurde ausgewählt. Verbinden Sie es auf {site} und holen Sie sich 1.200 Token",
            "Ich habe mit Frau Bergers Handelsplattform in einer Woche 3.800 € verdient, schreib {who} und fang mit 250 € an",
            "Nebenjob von zu Hause, 200 € am Tag, keine Erfahrung nötig, tägliche Auszahlung, melde dich bei {who}",
            "Hier ist der Kundendienst Ihrer Bank. Ihr Konto wird gesperrt, bestätigen Sie Ihre TAN auf {site}",
        ),
        (
            "Ist das Betrug? Ich habe gerade diese Nachricht bekommen: „{said}“",
            "Achtung, hier schreibt jemand die Leute privat an:\n> {said}\nBitte nicht antworten, einfach melden.",
            "Kennt das jemand?\n```\n{said}\n```\nklingt für mich nach Abzocke",
            "Vorsicht vor dieser Masche: {said} – das ist natürlich alles gelogen",
            'meine Oma hat heute so eine SMS bekommen: "{said}" zum Glück hat sie mich gefragt',
            "Warnung an alle Neuen! Wer so etwas bekommt, bitte nichts anklicken:\n{said}",
        ),
    ),
    "fr": Quoting(
        (
            "Félicitations, votre portefeuille a été sélectionné, connectez-le sur {site} pour recevoir 1 200 jetons",
            "J'ai gagné 3 000 € en une semaine grâce à Madame Laurent, experte en trading, écrivez à {who} pour commencer",
            "Travail à domicile, 200 € par jour, sans expérience, paiement quotidien, contactez {who}",
            "Service client de votre banque : votre compte sera bloqué, confirmez vos codes sur {site} avant ce soir",
        ),
        (
            "C'est une arnaque ? On vient de m'envoyer ça : « {said} »",
            "Attention, quelqu'un écrit ceci en privé aux membres :\n> {said}\nNe répondez pas et signalez-le.",
            "vous avez reçu ça aussi ?\n```\n{said}\n```\nça sent l'escroquerie",
            "Méfiez-vous de ce genre de messages : {said} - c'est du phishing, ne cliquez pas",
            'ma grand-mère a reçu ce sms : "{said}" elle a failli y croire',
            "À la modération : un compte nouveau a posté « {said} » dans l'autre salon, pouvez-vous le bannir ?",
        ),
    ),
    "es": Quoting(
        (
            "¡Felicidades! Tu billetera fue seleccionada, conéctala en {site} y reclama 1.200 tokens",
            "Gané 2.500 dólares en una semana con la señora Gómez, experta en inversiones, escríbele a {who}",
            "Trabajo desde casa, 150 € al día, sin experiencia, pago diario, contacta con {who}",
            "Soporte oficial: tu cuenta será suspendida, verifica tu frase semilla en {site} hoy mismo",
        ),
        (
            "¿Esto es una estafa? Me acaba de llegar: «{said}»",
            "Cuidado, alguien está mandando esto por privado:\n> {said}\nNo respondan y repórtenlo.",
            "¿a alguien más le llegó?\n```\n{said}\n```\nme huele a fraude",
            "Ojo con este mensaje que anda circulando: {said} - es phishing, no entren",
            'a mi papá le escribieron "{said}" y casi cae, qué le digo?',
            "Para los moderadores: un usuario nuevo puso '{said}' en el otro canal y lo borró",
        ),
    ),
    "pt": Quoting(
        (
            "Parabéns! Sua carteira foi selecionada, conecte em {site} e receba 1.200 tokens",
            "Ganhei R$ 8.000 em uma semana com a dona Márcia, especialista em investimentos, chame {who}",
            "Trabalhe em casa, R$ 300 por dia, sem experiência, pagamento diário, fale com {who}",
            "Suporte oficial: sua conta será bloqueada, confirme sua frase de recuperação em {site}",
        ),
        (
            'Isso é golpe? Acabei de receber: "{said}"',
            "Cuidado pessoal, tem gente mandando isso no privado:\n> {said}\nNão respondam, denunciem.",
            "alguém mais recebeu?\n```\n{said}\n```\nparece golpe né",
            "Atenção com essa fraude: {said} — não cliquem em nada",
            "minha vó recebeu essa mensagem hoje: “{said}” quase caiu, coitada",
            "aviso pros novatos: se receberem isto é golpe\n\n{said}",
        ),
    ),
    "it": Quoting(
        (
            "Congratulazioni, il tuo portafoglio è stato scelto, collegalo su {site} e ricevi 1.200 token",
            "Ho guadagnato 2.800 € in una settimana con la signora Conti, esperta di trading, scrivi a {who}",
            "Lavoro da casa, 180 € al giorno, nessuna esperienza, pagamento giornaliero, contatta {who}",
            "Assistenza ufficiale: il tuo conto verrà sospeso, conferma i tuoi dati su {site} entro oggi",
        ),
        (
            "È una truffa? Mi è appena arrivato: «{said}»",
            "Attenzione, qualcuno sta scrivendo questo in privato:\n> {said}\nNon rispondete e segnalatelo.",
            "è arrivato anche a voi?\n```\n{said}\n```\nmi puzza di truffa",
            "Occhio a questo messaggio che gira: {said} - è phishing",
            'a mia nonna hanno scritto "{said}" e stava per crederci',
        ),
    ),
    "nl": Quoting(
        (
            "Gefeliciteerd, je wallet is geselecteerd, koppel hem op {site} en ontvang 1.200 tokens",
            "Ik heb 2.400 euro verdiend in een week met mevrouw De Wit, een handelaar, app {who}",
            "Thuiswerk, 175 euro per dag, geen ervaring nodig, dagelijks uitbetaald, neem contact op met {who}",
            "Klantenservice van uw bank: uw rekening wordt geblokkeerd, bevestig uw codes op {site}",
        ),
        (
            'Is dit oplichting? Ik kreeg net: "{said}"',
            "Pas op, iemand stuurt dit privé naar mensen hier:\n> {said}\nNiet reageren, gewoon melden.",
            "heeft iemand anders dit ook gekregen?\n```\n{said}\n```\nlijkt me nep",
            "Let op voor deze phishing: {said} - niet op klikken dus",
            "mijn moeder kreeg vandaag dit sms'je: '{said}' gelukkig belde ze mij eerst",
        ),
    ),
    "pl": Quoting(
        (
            "Gratulacje, Twój portfel został wybrany, połącz go na {site} i odbierz 1200 tokenów",
            "Zarobiłem 9000 zł w tydzień dzięki pani Ewie, ekspertce od inwestycji, napisz do {who}",
            "Praca zdalna, 400 zł dziennie, bez doświadczenia, wypłata codziennie, kontakt {who}",
            "Obsługa banku: Twoje konto zostanie zablokowane, potwierdź dane na {site} do dziś",
        ),
        (
            "Czy to oszustwo? Właśnie dostałem: „{said}”",
            "Uwaga, ktoś pisze do ludzi prywatnie:\n> {said}\nNie odpisujcie, zgłaszajcie.",
            "ktoś jeszcze to dostał?\n```\n{said}\n```\nwygląda na ściemę",
            "Uważajcie na takie wiadomości: {said} - to phishing",
            'babcia dostała dzisiaj smsa "{said}", dobrze że zapytała',
        ),
    ),
    "ru": Quoting(
        (
            "Поздравляем! Ваш кошелёк выбран для раздачи, подключите его на {site} и получите 1200 токенов",
            "Я заработал 80 000 рублей за неделю с Ольгой, профессиональным трейдером, пишите {who}",
            "Удалённая работа, от 5000 рублей в день, без опыта, выплаты ежедневно, пишите {who}",
            "Служба безопасности банка: ваш счёт будет заблокирован, подтвердите код на {site}",
        ),
        (
            "Это развод? Мне только что написали: «{said}»",
            "Осторожно, кто-то рассылает людям в личку:\n> {said}\nНе отвечайте, жалуйтесь модераторам.",
            "кому-нибудь ещё такое приходило?\n```\n{said}\n```\nпохоже на мошенников",
            "Не ведитесь на такое: {said} — это обычный фишинг",
            'бабушке сегодня пришла смс: "{said}", чуть не поверила',
            "Модераторы, новичок в соседней комнате написал «{said}» и удалил, забаньте пожалуйста",
        ),
    ),
    "uk": Quoting(
        (
            "Вітаємо! Ваш гаманець обрано, підключіть його на {site} і отримайте 1200 токенів",
            "Я заробив 30 000 гривень за тиждень з пані Оленою, трейдеркою, пишіть {who}",
            "Віддалена робота, 1500 грн на день, без досвіду, виплати щодня, пишіть {who}",
            "Служба безпеки банку: вашу картку буде заблоковано, підтвердьте дані на {site}",
        ),
        (
            "Це шахраї? Мені щойно написали: «{said}»",
            "Обережно, хтось розсилає людям у приват:\n> {said}\nНе відповідайте, скаржтеся модераторам.",
            "комусь ще таке приходило?\n```\n{said}\n```\nсхоже на шахрайство",
            "Не ведіться на таке: {said} — це фішинг",
            'мамі сьогодні прийшло повідомлення "{said}", добре що спитала',
        ),
    ),
    "tr": Quoting(
        (
            "Tebrikler! Cüzdanınız seçildi, {site} adresinde bağlayın ve 1.200 token alın",
            "Ayşe Hanım sayesinde bir haftada 40.000 TL kazandım, profesyonel yatırımcı, {who} yazın",
            "Evden çalışma, günlük 2.000 TL, deneyim gerekmez, her gün ödeme, iletişim {who}",
            "Resmi destek: hesabınız askıya alınacak, bilgilerinizi {site} üzerinden doğrulayın",
        ),
        (
            'Bu dolandırıcılık mı? Az önce bana geldi: "{said}"',
            "Dikkat edin, biri özelden herkese bunu yazıyor:\n> {said}\nCevap vermeyin, şikayet edin.",
            "başka kimseye geldi mi?\n```\n{said}\n```\nbana sahte gibi geldi",
            "Bu tür mesajlara inanmayın: {said} - oltalama bu",
            "anneme bugün şöyle bir mesaj gelmiş: “{said}” iyi ki bana sordu",
        ),
    ),
    "ar": Quoting(
        (
            "مبروك! تم اختيار محفظتك، اربطها على {site} واحصل على 1200 رمز",
            "ربحت 3000 دولار في أسبوع مع السيدة سارة خبيرة التداول، راسل {who}",
            "عمل من المنزل، 150 دولار يوميا، بدون خبرة، الدفع يومي، تواصل مع {who}",
            "الدعم الرسمي: سيتم إيقاف حسابك، أكد بياناتك على {site} اليوم",
        ),
        (
            "هل هذا احتيال؟ وصلتني هذه الرسالة الآن: «{said}»",
            "انتبهوا، هناك شخص يرسل هذا على الخاص:\n> {said}\nلا تردوا عليه وبلغوا عنه.",
            "هل وصلت لأحد غيري؟\n```\n{said}\n```\nأظنها نصب",
            "احذروا من هذه الرسائل: {said} - هذا تصيد فلا تضغطوا على شيء",
            'أمي وصلتها رسالة تقول "{said}" وكادت تصدق',
        ),
    ),
    "fa": Quoting(
        (
            "تبریک! کیف پول شما انتخاب شد، آن را در {site} متصل کنید و 1200 توکن بگیرید",
            "من با خانم رضایی در یک هفته 50 میلیون تومان سود کردم، به {who} پیام بدهید",
            "کار در منزل، روزی 2 میلیون تومان، بدون تجربه، پرداخت روزانه، تماس با {who}",
            "پشتیبانی رسمی: حساب شما مسدود می‌شود، اطلاعات خود را در {site} تایید کنید",
        ),
        (
            "این کلاهبرداری است؟ همین الان برایم آمد: «{said}»",
            "مواظب باشید، یکی این را خصوصی برای همه می‌فرستد:\n> {said}\nجواب ندهید و گزارش کنید.",
            "برای کس دیگری هم آمده؟\n```\n{said}\n```\nبه نظرم کلاهبرداریه",
            "گول این پیام‌ها را نخورید: {said} - فیشینگ است",
            'برای مادرم امروز پیامک آمده بود "{said}" خوب شد از من پرسید',
        ),
    ),
    "hi": Quoting(
        (
            "बधाई हो! आपका वॉलेट चुना गया है, {site} पर जोड़ें और 1200 टोकन पाएँ",
            "मैंने प्रिया मैम की मदद से एक हफ़्ते में 50,000 रुपये कमाए, {who} को मैसेज करें",
            "घर बैठे काम, रोज़ 3000 रुपये, बिना अनुभव, रोज़ भुगतान, संपर्क करें {who}",
            "आपके बैंक की सहायता टीम: आपका खाता बंद हो जाएगा, {site} पर KYC पूरा करें",
        ),
        (
            'क्या यह धोखाधड़ी है? मुझे अभी यह मैसेज आया: "{said}"',
            "सावधान रहें, कोई सबको प्राइवेट में यह भेज रहा है:\n> {said}\nजवाब मत दीजिए, रिपोर्ट कीजिए।",
            "किसी और को भी आया क्या?\n```\n{said}\n```\nमुझे तो फ्रॉड लगता है",
            "ऐसे मैसेज से बचें: {said} - यह फ़िशिंग है, क्लिक मत करना",
            "मेरी माँ को आज यह आया: “{said}” अच्छा हुआ मुझसे पूछ लिया",
        ),
    ),
    "id": Quoting(
        (
            "Selamat! Dompet Anda terpilih, hubungkan di {site} dan klaim 1.200 token",
            "Saya untung 15 juta dalam seminggu bersama Ibu Ratna, trader profesional, chat {who}",
            "Kerja dari rumah, 300 ribu per hari, tanpa pengalaman, dibayar harian, hubungi {who}",
            "Layanan resmi: akun Anda akan diblokir, verifikasi data Anda di {site} hari ini",
        ),
        (
            'Ini penipuan bukan ya? Barusan saya dapat: "{said}"',
            "Hati-hati, ada yang kirim ini lewat DM:\n> {said}\nJangan dibalas, laporkan saja.",
            "ada yang dapat juga?\n```\n{said}\n```\nkayaknya tipu-tipu",
            "Waspada pesan seperti ini: {said} - itu phishing, jangan diklik",
            'ibu saya tadi dapat sms "{said}" untung tanya dulu',
        ),
    ),
    "vi": Quoting(
        (
            "Chúc mừng! Ví của bạn đã được chọn, kết nối tại {site} và nhận 1.200 token",
            "Mình lãi 20 triệu trong một tuần nhờ chị Lan chuyên gia đầu tư, nhắn {who}",
            "Việc làm tại nhà, 500 nghìn mỗi ngày, không cần kinh nghiệm, trả lương hằng ngày, liên hệ {who}",
            "Bộ phận hỗ trợ: tài khoản của bạn sẽ bị khóa, xác minh tại {site} trong hôm nay",
        ),
        (
            'Cái này có phải lừa đảo không? Mình vừa nhận được: "{said}"',
            "Mọi người cẩn thận, có người nhắn riêng thế này:\n> {said}\nĐừng trả lời, báo cáo giúp nhé.",
            "có ai nhận được không?\n```\n{said}\n```\nnghe có vẻ lừa đảo",
            "Đừng tin mấy tin như này: {said} - toàn lừa đảo thôi",
            "mẹ mình hôm nay nhận tin nhắn “{said}” may mà hỏi mình trước",
        ),
    ),
    "th": Quoting(
        (
            "ยินดีด้วย! กระเป๋าของคุณได้รับเลือก เชื่อมต่อที่ {site} แล้วรับ 1,200 โทเคน",
            "ผมได้กำไร 50,000 บาทในหนึ่งสัปดาห์กับคุณนภา ผู้เชี่ยวชาญการลงทุน ทักไปที่ {who}",
            "งานทำที่บ้าน วันละ 1,500 บาท ไม่ต้องมีประสบการณ์ จ่ายทุกวัน ติดต่อ {who}",
            "ฝ่ายบริการลูกค้า: บัญชีของคุณจะถูกระงับ ยืนยันข้อมูลที่ {site} ภายในวันนี้",
        ),
        (
            'อันนี้หลอกลวงไหมครับ เพิ่งได้รับข้อความ "{said}"',
            "ระวังนะทุกคน มีคนทักส่วนตัวมาแบบนี้\n> {said}\nอย่าตอบ กดรายงานได้เลย",
            "มีใครได้รับบ้าง\n```\n{said}\n```\nน่าจะเป็นมิจฉาชีพ",
            "อย่าหลงเชื่อข้อความแบบนี้: {said} - มิจฉาชีพทั้งนั้น",
            "แม่ได้ข้อความ “{said}” วันนี้ โชคดีที่ถามก่อน",
        ),
    ),
    "zh": Quoting(
        (
            "恭喜！您的钱包被选中，请在 {site} 连接并领取 1200 枚代币",
            "我跟着李老师一周赚了三万元，专业操盘手，联系 {who}",
            "在家兼职，日结 300 元，无需经验，当天结算，联系 {who}",
            "官方客服：您的账户将被冻结，请在今天内到 {site} 验证助记词",
        ),
        (
            "这是骗子吗？我刚收到：“{said}”",
            "大家小心，有人私聊发这个：\n> {said}\n不要回复，直接举报。",
            "还有人收到吗？\n```\n{said}\n```\n感觉是诈骗",
            "别信这种消息：{said} 都是钓鱼的",
            "我妈今天收到短信「{said}」，还好先问了我",
            "管理员看一下，隔壁群有个新人发了“{said}”然后撤回了",
        ),
    ),
    "ja": Quoting(
        (
            "おめでとうございます！あなたのウォレットが選ばれました。{site} で接続して1200トークンを受け取ってください",
            "田中先生のおかげで一週間で30万円稼げました。投資のプロです。{who} に連絡してください",
            "在宅ワーク、日給2万円、経験不要、毎日払い、{who} までご連絡ください",
            "公式サポートです。アカウントが停止されます。本日中に {site} でシードフレーズを確認してください",
        ),
        (
            "これって詐欺ですか？さっき届きました：「{said}」",
            "注意してください、個別にこんなメッセージを送っている人がいます：\n> {said}\n返信せずに通報してください。",
            "他にも届いた人いますか？\n```\n{said}\n```\n詐欺っぽいですよね",
            "こういうメッセージに騙されないで：{said} フィッシングです",
            "母に今日「{said}」というSMSが来ました。先に聞いてくれてよかった",
        ),
    ),
    "ko": Quoting(
        (
            "축하합니다! 지갑이 선정되었습니다. {site} 에서 연결하고 1,200 토큰을 받으세요",
            "김 선생님 덕분에 일주일에 300만 원 벌었어요. 전문 투자자입니다. {who} 로 연락하세요",
            "재택 알바, 하루 20만 원, 경험 필요 없음, 당일 지급, 문의 {who}",
            "공식 고객센터입니다. 계정이 정지됩니다. 오늘 안에 {site} 에서 인증하세요",
        ),
        (
            '이거 사기인가요? 방금 받았어요: "{said}"',
            "조심하세요, 누가 개인 메시지로 이런 걸 보내요:\n> {said}\n답하지 말고 신고하세요.",
            "다른 분도 받으셨나요?\n```\n{said}\n```\n사기 같아요",
            "이런 메시지 믿지 마세요: {said} 피싱입니다",
            "엄마가 오늘 '{said}' 라는 문자를 받았대요. 먼저 물어봐서 다행이에요",
        ),
    ),
}

SITES = (
    "claim-tokens dot xyz", "claim-tokens[.]xyz", "hxxps://rewards-hub[.]top", "wallet-verify (dot) online",
    "some dot top site", "[link removed]", "hxxp://secure-pay[.]click/login", "free-eth(.)live",
    "(link, I won't post it)", "***.xyz",
)  # fmt: skip
CONTACTS = (
    "@lisa_fx on Telegram", "[telegram removed]", "t[.]me/lisa_fx", "@***** on Telegram",
    "her WhatsApp", "+44 7*** *** 212", "t dot me slash lisa_fx", "some Gmail address", "(number removed)",
)  # fmt: skip
