"""Scams in nineteen languages, as templates: {link}, {contact}, {amount}, {more}, {days}.

Each is a text of its own, none a translation of another; links lead to domains made up on the spot.
"""

# ruff: noqa: RUF001, ISC004 - people write as they write; long texts go over lines

ENGLISH = (
    "I used to struggle with bills until I met a manager who trades for me. I put in {amount} and "
    "got {more} back within {days} days. Write to {contact} if you want the same.",
    "Our mining pool pays {amount} every day, no experience needed, withdraw any time: {link}",
    "Claim your free tokens before the snapshot tonight! Connect your wallet at {link} and receive "
    "up to {amount}.",
    "Lost your bitcoin to a fake broker? A recovery specialist got mine back, {more} in total. "
    "Reach out: {contact}",
    "URGENT: your account will be suspended in 24 hours. Verify your recovery phrase here {link} "
    "to keep access to your funds.",
    "We are hiring people for an easy remote job, {amount} a day, only a phone needed. Contact HR "
    "at {contact} for details.",
    "Forex signals with a 97% win rate, join our VIP group for free this week only {link}",
    "I am giving {amount} to the first ten people who message me, it helped my family, God bless. "
    "{contact}",
    "Hello friends, hot singles in your area want to chat tonight, free sign up: {link}",
    "Get a loan of up to {more} today without a credit check, approved in minutes, {contact}",
    "Win real money with the best online casino, {amount} welcome bonus and instant payout {link}",
    "Need a driving licence, a degree or a passport? Registered documents made discreetly, write "
    "to {contact}",
    "Send 0.1 BTC to the foundation's address and get 0.2 BTC back, live event now: {link}",
    "Professional hacker for hire: phones, social accounts, change your grades, proof before "
    "payment. {contact}",
    "Your wallet needs to be synchronised because of the migration. Support team: {link}, have "
    "your twelve words ready.",
    "Boost your channel: {amount} for ten thousand followers and likes, real people, delivered in "
    "{days} days. Order at {link}",
    "Steam is giving away gift cards worth {amount}, only today, log in with your account: {link}",
    "My uncle left {more} and I need an honest partner abroad to move it, you keep a third. "
    "Answer me at {contact}",
)

ABROAD = {
    "de": (
        "Ich verdiene seit {days} Tagen täglich {amount} von zu Hause aus, ganz ohne Vorkenntnisse."
        " Wer mitmachen will, schreibt mir: {contact}",
        "Nur heute: {amount} Bonus bei der Anmeldung, Auszahlung sofort, garantiert ohne Risiko "
        "{link}",
        "Ihr Konto wird gesperrt! Bitte bestätigen Sie Ihre Daten innerhalb von 24 Stunden unter "
        "{link}",
        "Kredit bis {more} ohne Schufa, Zusage in fünf Minuten, melden Sie sich unter {contact}",
        "Unsere Handelssoftware verdoppelt Ihr Guthaben in {days} Tagen, {amount} reichen für den "
        "Anfang: {link}",
        "Suche fünf Leute für eine leichte Nebentätigkeit am Handy, {amount} am Tag, Bezahlung "
        "täglich. {contact}",
    ),
    "fr": (
        "Gagnez {amount} par jour depuis chez vous, aucun diplôme demandé, places limitées : "
        "{link}",
        "Grâce à un coach en trading j'ai transformé {amount} en {more} en {days} jours, "
        "écrivez-lui : {contact}",
        "Votre colis est bloqué, réglez 1,99 € de douane ici pour le recevoir : {link}",
        "Prêt entre particuliers jusqu'à {more}, réponse en 24 h, sans justificatif. {contact}",
        "Réclamez vos jetons gratuits avant minuit, connectez votre portefeuille sur {link}",
        "Marabout puissant, retour de l'être aimé en {days} jours, résultats garantis, {contact}",
    ),
    "es": (
        "Invierte {amount} y recibe {more} en {days} días, ganancias garantizadas, escríbeme: "
        "{contact}",
        "Trabajo desde casa con tu móvil, {amount} diarios, sin experiencia, regístrate ya {link}",
        "Tu cuenta será bloqueada hoy. Verifica tus datos en {link} para no perder tu dinero",
        "Reclama tu premio de {amount} antes de que termine el día: {link}",
        "Préstamos rápidos hasta {more} sin aval ni papeleo, aprobados en minutos. {contact}",
        "Grupo VIP de señales de criptomonedas, 95% de acierto, entra gratis esta semana {link}",
    ),
    "pt": (
        "Ganhe {amount} por dia trabalhando só com o celular, vagas limitadas, chama no {contact}",
        "Deposite {amount} hoje e receba {more} em {days} dias, lucro garantido: {link}",
        "Sua conta será suspensa, confirme seus dados agora em {link}",
        "Novo cassino pagando muito, bônus de {amount} no cadastro, saque na hora {link}",
        "Empréstimo até {more} sem consulta ao SPC, liberado em minutos, fale comigo: {contact}",
        "Robô de investimento que dobra seu dinheiro toda semana, resultados comprovados: {link}",
    ),
    "it": (
        "Guadagna {amount} al giorno da casa, basta uno smartphone, scrivimi su {contact}",
        "Ho investito {amount} e dopo {days} giorni ho ritirato {more}, la piattaforma: {link}",
        "Il tuo conto è stato limitato, verifica subito i tuoi dati qui: {link}",
        "Bonus di {amount} senza deposito, prelievo immediato, solo per oggi {link}",
        "Prestiti fino a {more} senza busta paga, risposta in un'ora, contatta {contact}",
        "Ricevi token gratis collegando il tuo portafoglio prima di mezzanotte: {link}",
    ),
    "nl": (
        "Verdien {amount} per dag vanuit huis, geen ervaring nodig, stuur een bericht naar "
        "{contact}",
        "Met {amount} inleg heb ik in {days} dagen {more} verdiend, probeer het zelf: {link}",
        "Uw rekening wordt geblokkeerd, bevestig uw gegevens binnen 24 uur via {link}",
        "Lening tot {more} zonder toetsing, vandaag nog geld op uw rekening. {contact}",
        "Gratis tokens voor iedereen die vandaag zijn wallet koppelt: {link}",
        "Speel nu en ontvang {amount} welkomstbonus, directe uitbetaling {link}",
    ),
    "pl": (
        "Zarabiaj {amount} dziennie bez wychodzenia z domu, wystarczy telefon, napisz: {contact}",
        "Wpłaciłem {amount}, po {days} dniach wypłaciłem {more}, platforma jest tutaj {link}",
        "Twoja paczka została wstrzymana, dopłać 1,50 zł pod adresem {link}",
        "Pożyczka do {more} bez BIK, decyzja w pięć minut, {contact}",
        "Odbierz darmowe tokeny, połącz portfel przed północą: {link}",
        "Najlepsze kasyno online, bonus {amount} na start, natychmiastowe wypłaty {link}",
    ),
    "ru": (
        "Заработок от {amount} в день, работа удалённо, нужен только телефон. Пишите {contact}",
        "Вложил {amount}, через {days} дней вывел {more}, всё честно, регистрация тут {link}",
        "Ищу людей в команду, обучение бесплатно, доход от {amount} в неделю, подробности в личку "
        "{contact}",
        "Ваш кошелёк будет заблокирован, подтвердите сид-фразу на сайте {link}",
        "Раздача токенов заканчивается сегодня, подключите кошелёк и заберите {amount}: {link}",
        "Займ до {more} без отказа и проверок, деньги на карту за 10 минут, {contact}",
    ),
    "uk": (
        "Підробіток від {amount} на день, потрібен лише телефон, пишіть {contact}",
        "Вклав {amount} і за {days} днів отримав {more}, реєстрація за посиланням {link}",
        "Вашу картку заблоковано, підтвердьте дані протягом доби: {link}",
        "Позика до {more} без довідок і відмов, гроші за 10 хвилин, {contact}",
        "Безкоштовні токени для перших ста учасників, підключіть гаманець: {link}",
        "Найкраще казино, бонус {amount} за реєстрацію, миттєве виведення {link}",
    ),
    "tr": (
        "Evden çalışarak günde {amount} kazanın, deneyim gerekmez, yazın: {contact}",
        "{amount} yatırdım, {days} günde {more} çektim, siz de deneyin {link}",
        "Hesabınız askıya alınacak, bilgilerinizi hemen doğrulayın: {link}",
        "Deneme bonusu {amount}, çevrimsiz, anında çekim, hemen üye ol {link}",
        "Kredi notu düşük olanlara {more} kredi, dakikalar içinde onay, {contact}",
        "Ücretsiz token dağıtımı bugün bitiyor, cüzdanını bağla: {link}",
    ),
    "id": (
        "Kerja sampingan dari rumah, hasil {amount} per hari, cukup pakai HP, hubungi {contact}",
        "Modal {amount} jadi {more} dalam {days} hari, sudah terbukti, daftar sekarang {link}",
        "Akun Anda akan diblokir, segera verifikasi data di {link}",
        "Slot gacor hari ini, bonus member baru {amount}, pasti menang {link}",
        "Pinjaman cepat sampai {more} tanpa jaminan, cair 5 menit, {contact}",
        "Klaim token gratis sebelum tengah malam, hubungkan dompetmu: {link}",
    ),
    "vi": (
        "Việc nhẹ lương cao, kiếm {amount} mỗi ngày chỉ với điện thoại, liên hệ {contact}",
        "Đầu tư {amount} nhận {more} sau {days} ngày, cam kết lợi nhuận, đăng ký tại {link}",
        "Tài khoản của bạn sắp bị khóa, xác minh ngay tại {link}",
        "Vay nhanh đến {more} không cần thế chấp, giải ngân trong 10 phút, {contact}",
        "Nhận token miễn phí trước nửa đêm, kết nối ví tại {link}",
        "Nhà cái uy tín, tặng {amount} cho thành viên mới, rút tiền ngay {link}",
    ),
    "zh": (
        "在家兼职,每天收入{amount},只需一部手机,有意者加 {contact}",
        "我投了{amount},{days}天后提现{more},稳赚不赔,注册链接 {link}",
        "您的账户即将被冻结,请立即验证助记词:{link}",
        "新用户注册送{amount},秒到账,百家乐真人在线 {link}",
        "急用钱的看过来,无抵押贷款最高{more},当天放款,联系 {contact}",
        "免费空投最后一天,连接钱包即可领取{amount} {link}",
    ),
    "ja": (
        "スマホだけで1日{amount}稼げる副業です。未経験OK、興味がある方は {contact} まで",
        "{amount}を預けたら{days}日で{more}になりました。登録はこちら {link}",
        "あなたのアカウントは停止されます。至急こちらで本人確認をしてください {link}",
        "即日融資、最大{more}、審査なし。お問い合わせは {contact}",
        "本日限定で無料トークンを配布中。ウォレットを接続してください {link}",
        "オンラインカジノ新規登録で{amount}ボーナス、すぐ出金できます {link}",
    ),
    "ko": (
        "휴대폰 하나로 하루 {amount} 버는 재택 부업입니다. 문의는 {contact}",
        "{amount} 투자해서 {days}일 만에 {more} 출금했습니다. 가입 {link}",
        "고객님의 계정이 정지될 예정입니다. 지금 바로 인증하세요 {link}",
        "무담보 대출 최대 {more}, 10분 안에 입금, 상담 {contact}",
        "오늘만 무료 토큰 지급, 지갑을 연결하고 {amount} 받으세요 {link}",
        "신규 가입 {amount} 보너스, 먹튀 없는 안전한 카지노 {link}",
    ),
    "ar": (
        "اربح {amount} يوميا من المنزل بهاتفك فقط، للتواصل {contact}",
        "استثمرت {amount} وسحبت {more} بعد {days} أيام، أرباح مضمونة، سجل هنا {link}",
        "سيتم إيقاف حسابك خلال 24 ساعة، قم بتأكيد بياناتك الآن {link}",
        "قروض سريعة حتى {more} بدون ضمانات، الموافقة خلال دقائق، راسلنا {contact}",
        "احصل على عملات مجانية قبل منتصف الليل، اربط محفظتك هنا {link}",
        "أفضل كازينو على الإنترنت، مكافأة ترحيبية {amount} وسحب فوري {link}",
    ),
    "fa": (
        "با گوشی خود روزانه {amount} درآمد داشته باشید، برای شروع پیام دهید {contact}",
        "با {amount} سرمایه در {days} روز {more} برداشت کردم، ثبت نام {link}",
        "حساب شما مسدود می‌شود، همین حالا اطلاعات خود را تأیید کنید {link}",
        "وام فوری تا {more} بدون ضامن، واریز در ده دقیقه، {contact}",
        "توکن رایگان فقط امروز، کیف پول خود را وصل کنید {link}",
        "سایت شرط بندی معتبر با {amount} بونوس ثبت نام و برداشت آنی {link}",
    ),
    "hi": (
        "घर बैठे मोबाइल से रोज़ {amount} कमाएं, कोई अनुभव नहीं चाहिए, संपर्क करें {contact}",
        "मैंने {amount} लगाए और {days} दिन में {more} निकाले, गारंटीड मुनाफा, यहाँ जुड़ें {link}",
        "आपका खाता बंद होने वाला है, तुरंत अपनी जानकारी सत्यापित करें {link}",
        "बिना गारंटी {more} तक का लोन, दस मिनट में खाते में पैसा, {contact}",
        "आज ही मुफ्त टोकन पाएं, अपना वॉलेट जोड़ें {link}",
        "ऑनलाइन कैसीनो में {amount} का बोनस, तुरंत निकासी {link}",
    ),
}

FRAGMENTS = (
    (
        "Who wants to earn some money?",
        "I made {more} this month",
        "just from {amount}",
        "no risk, my manager does it all",
        "write him",
        "{contact}",
    ),
    (
        "guys there is an airdrop",
        "only until tonight",
        "you connect the wallet",
        "and get {amount}",
        "the page is",
        "{link}",
    ),
    (
        "my friend lost all his coins",
        "but a specialist",
        "recovered {more} of it",
        "he can help you too",
        "whatsapp him",
        "{contact}",
    ),
    (
        "we look for people",
        "remote job",
        "{amount} a day",
        "paid every evening",
        "no experience",
        "details: {contact}",
    ),
    (
        "your wallets are in danger!",
        "after the upgrade",
        "you have to validate them",
        "have your seed phrase ready",
        "go to",
        "{link}",
    ),
    (
        "free signals group",
        "97 % right",
        "I doubled {amount} in {days} days",
        "VIP is free this week",
        "join now",
        "{link}",
    ),
)
"""Scams told in pieces, a message each."""

PITCHES = (
    "earn daily with us {link}",
    "crypto signals, join {contact}",
    "your prize waits: {link}",
    "free tokens today {link}",
    "easy remote job {amount}/day {contact}",
    "double your deposit {link}",
    "best casino bonus {link}",
    "hot girls here {link}",
    "loan without check {contact}",
    "recover lost coins {contact}",
    "invest {amount}, get {more} {link}",
    "claim {amount} now {link}",
)
"""Scams as short as a name or a reason."""

BARE = (
    "free money here {link}",
    "easy cash every day {link}",
    "best casino bonus ever {link}",
    "this site doubled my coins {link}",
    "free tokens for everyone {link}",
    "real girls, free chat {link}",
    "earn with me {link}",
    "win a new phone today {link}",
    "everyone is winning here {link}",
    "last places in our signals group {link}",
    "{link} is paying out, instant withdraw",
    "claim yours before midnight {link}",
    "get rich with this bot {link}",
    "cheap followers and likes {link}",
    "loans for everybody, no questions {link}",
    "{amount} bonus when you sign up {link}",
)
"""Bare links with a pitch of a few words."""

ABOUT_ONE_CONTACT = (
    "ask {contact}, that changed everything for me",
    "if you are short of money this month, {contact} helps",
    "finally debt free, all thanks to {contact}",
    "anyone with a blocked account should talk to {contact}",
    "{contact} paid me again today, third time in a row",
    "my sister was sceptical too until she wrote to {contact}",
    "don't waste time elsewhere, {contact} is the only honest one",
    "I was scammed twice, then {contact} got everything back",
    "whoever needs a second income: {contact}",
    "serious people only, write {contact} before Friday",
    "best decision of the year was to write {contact}",
    "two days, {more}, no stress. {contact}",
    "school fees paid, rent paid, thank you {contact}",
    "for those who asked me in private: it was {contact}",
    "message {contact} and say that I sent you",
    "there are three seats left with {contact}",
)
"""Ever new words about the same contact or wallet."""
