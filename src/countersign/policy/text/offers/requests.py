"""Words by which somebody asks for a secret, speaks as one who may, or has a code scanned.

See `gains` for the notation. Digits are zeros, as in what is read.
"""

# ruff: noqa: RUF001 - words of many scripts

from typing import Final

HAND_OVER: Final = """
    reply with the code, reply with your, reply with the, answer with your, respond with your,
    tell me your, tell me the code,
    me lo puedes pasar, me lo puedes enviar,
    me lo puoi girare, me lo puoi mandare, скажи код, скажите код, сообщи код, сообщите код,
    скажи мені код, send me, send it to me, send it back, send us, give me, give us, forward me,
    forward it, text me, pass me, reply here with, i need your, we need your,
    schick mir, schicken sie, sende mir, senden sie uns, gib mir,
    nenn mir, weiterleiten, weiterleit*, schicken, schickst, senden, sendest, durchgeben,
    mir schicken, uns schicken, zuschicken, ich brauche dein*, wir brauchen ihr*, brauche dein*,
    antworte mit, antworten sie mit, envoie moi, envoie-moi, envoyez moi, envoyez-moi, envoyez-nous,
    donne moi, donne-moi, donnez-moi, me l'envoyer, me le donner, me le transferer, me l'envoies,
    me l'envoie, transfere-moi, transmettre, besoin de ton, besoin de ta, besoin de votre,
    enviame, enviamelo, enviarme, enviarmelo, me envias, me lo envias,
    me lo pasas, puedes pasarme, pasarmelo, pasamelo, pasame, pasarlo, dame, damelo, mandame,
    mandamelo, reenvia*, necesito tu, necesitamos su, me envia, me envie, me passa, me passe,
    me manda, me mande, pode me passar, pode me enviar, vou precisar da, preciso da sua,
    preciso do seu, precisamos da sua, mandami, inviami, inviamelo, me lo mandi, me lo invii,
    me lo giri, girarmelo, puoi mandarmi, puoi inviarmi, dammi, ho bisogno della tua, stuur me,
    stuur mij, stuur het, doorsturen, geef me, wyslij mi, przeslij mi, podaj mi, podaj nam, odeslij,
    przeslac, potrzebuje twojego, пришли, пришлите, отправь, отправьте, скинь, скиньте, скинешь,
    перешли, перешлите, продиктуй, мне нужен ваш, надішли, надішліть, скажи, gonder*,
    gonderir misin, iletir misin, iletin, yazar misin, ارسل لي, ارسله, ارسلها, ابعثلي, ابعث لي,
    اعطني, اعطيني, زودني, برام بفرست, برایم بفرست, بفرست, بفرستید, بدید, भेज दो, भेज दीजिए, भेजो,
    kirimkan, kirim ke saya, kirim balik, tolong kirim, teruskan, ipadala, paki send, pasend,
    gui cho minh, gui lai, gui giup, doc cho, nhan lai cho, cho minh xin, ส่งให้, ส่งกลับ, ส่งรหัส,
    บอกรหัส, ขอรหัส, 发给我, 发我, 转发给我, 給我, 发过来, 送って, 転送して, 보내줘, 보내 주세요,
    보내주세요, 보내줄래, skicka mig, skicka den, skicka koden, skicka over, vidarebefordra, ge mig,
    send mig, send meg, send den til, videresend*, giv mig, gi meg, laheta minulle, laheta se,
    lahettaisitko, voitko lahettaa, posli mi, poslete mi, preposlat, posles mi, pošli, kuldd el,
    kuldd at, kuldje el, at tudnad kuldeni, trimite-mi, trimiteti-mi, mi-l trimiti, da-mi,
    στειλε μου, στειλτε μου, δωσε μου, прати ми, пратиш, пратете, дай ми, posalji mi, posaljite,
    pošalji, atsiusk, persiusk, saada mulle, atsuti man, שלח לי, תשלח לי, תשלחי לי, תעביר לי,
    পাঠিয়ে দিন, পাঠান, بھیج دیں, بھیج دو, அனுப்புங்கள், nitumie, nipe, envia'm, passa'm
"""

SECRETS: Final = """
    the otp, your otp, otp code, придет код, придет смс, пришел код, придет sms, код который пришел,
    код который придет, digit code, digits code, digit number, code you just, code you got,
    code you receive*, code that you receive*, code sent to you, code by sms, sms code,
    code from your, code from sms, code i sent, code to your number, verification code,
    confirmation code, security code, login code, log in code, one time code, one-time code,
    whatsapp code, 2fa, your password, email and password, login and password,
    username and password, name and password, account password, your credentials, recovery key,
    recovery phrase, recovery code, security key, security phrase, secret key, backup key,
    private key*, seed phrase, seed words, secret phrase, 00 word*, twelve words, card number,
    your pin, stelligen code, stelliger code, stellige code, stelligen zahl, code per sms,
    code aus der sms, sms-code, bestatigungscode, verifizierungscode, sicherheitscode,
    dein passwort, ihr passwort, zugangsdaten, anmeldedaten, wiederherstellungsschlussel,
    sicherheitsschlussel, seed-phrase, code a 0, code a six, code recu, code par sms,
    code de verification, code de confirmation, code de securite, code sms, mot de passe,
    identifiants, cle de recuperation, cle de securite, cle privee, phrase de recuperation,
    phrase secrete, codigo de 0, codigo de seis, codigo de verificacion, codigo de confirmacion,
    codigo de seguridad, codigo sms, codigo que te llego, codigo que recibi*, codigo por sms,
    contrasena, tu clave, su clave, frase semilla, clave privada, clave de recuperacion,
    codigo de verificacao, codigo de confirmacao, codigo de seguranca, codigo que chegou,
    codigo que voce recebe*, sua senha, frase semente, chave de recuperacao, codice a 0,
    codice a sei, codice di verifica, codice di conferma, codice di sicurezza, codice via sms,
    codice sms, tua password, sua password, frase seed, chiave di recupero, cijferige code,
    cijfercode, cijferig nummer, verificatiecode, bevestigingscode, je wachtwoord, uw wachtwoord,
    herstelsleutel, cyfrowy kod, kod z sms, kod sms, kod weryfikacyjny, kod potwierdz*, twoje haslo,
    haslo do, klucz odzyskiwania, смс с кодом, код из смс, код из sms, код подтверждения, пароль,
    сид-фраз*, сид фраз*, seed-фраз*, seed фраз*, ключ восстановления, ключ безопасности,
    приватный ключ, код із смс, код з смс, смс з кодом, haneli kod, haneli sifre, sms kodu,
    dogrulama kodu, onay kodu, sifreni, sifreniz*, parolan*, kurtarma anahtari, رمز التحقق,
    كود التحقق, رمز مكون, الرمز المكون, كلمة المرور, كلمة السر, عبارة الاسترداد, كود ال, الكود,
    کد تایید, کد تأیید, کد شش, کد پیامک, رمز عبور, رمز یکبار, अंकों का कोड, ओटीपी, otp कोड, पासवर्ड,
    kode verifikasi, kode otp, kode 0, kode sms, kata sandi, frasa pemulihan, digit kode,
    code na natanggap, 0-digit code, ma xac, ma otp, ma 0 so, ma so gom, mat khau, รหัส otp,
    รหัสยืนยัน, รหัส 0, รหัสผ่าน, 验证码, 驗證碼, 短信码, 密码, 助记词, 私钥, 认证码, 確認コード,
    認証コード, 桁のコード, 桁の番号, パスワード, リカバリーフレーズ, 秘密鍵, 인증번호, 인증 번호,
    자리 코드, 인증코드, 비밀번호, 복구 키, 복구키, siffriga koden, siffrig kod, sms-kod*,
    verifieringskod*, ditt losenord, aterstallningsnyckel, cifrede kode, sms-kode*,
    bekreftelseskode*, bekraeftelseskode*, sifrede kode*, sifret kode*, din adgangskode,
    passordet ditt, numeroisen koodin, numeroinen koodi, tekstiviestikood*, vahvistuskood*,
    salasana*, palautusavain*, mistny kod, ciferny kod, overovaci kod, overovaci, vase heslo,
    tvoje heslo, jegyu kod*, ellenorzo kod*, jelszav*, cod de 0, cod din sms, codul din sms,
    codul primit, cod de verificare, parola ta, parola dv*, κωδικο που, κωδικος επιβεβαιωσης,
    ψηφιο κωδικο, εξαψηφιο*, κωδικο προσβασης, цифрен код, кода от sms, паролата, cifreni kod,
    kod iz sms, sms kod, verifikacioni kod, lozink*, skaitmenu kod*, skaitmenų kod*, sms kod*,
    slaptazod*, koodi mille, kodu no sms, הקוד שקיבלת, קוד בן, קוד אימות, סיסמה, הסיסמה, পাসওয়ার্ড,
    پاس ورڈ, கடவுச்சொல், namba ya siri, codi de 0, contrasenya
"""

MISTAKES: Final = """
    by mistake, accidentally, by accident, your number when, entered your number, wrong number,
    put your number, used your number, your phone number by, to your number, aus versehen,
    versehentlich, deine nummer, irrtumlich, par erreur, par megarde, ton numero, votre numero,
    por error, sin querer, tu numero, por equivocacion, sem querer, por engano, seu numero,
    teu numero, pro seu celular, per sbaglio, per errore, il tuo numero, per ongeluk, jouw nummer,
    je nummer, przez pomylke, przypadkowo, twoj numer, случайно, по ошибке, твой номер, ваш номер,
    випадково, помилково, твій номер, yanlislikla, numarani, numaraniz*, بالخطأ, بالغلط, رقمك,
    اشتباهی, شماره شما, شماره ات, गलती से, आपका नंबर, आपके नंबर, tidak sengaja, salah kirim,
    nomor kamu, nomor anda, nhap nham, gui nham, so cua ban, ส่งผิด, เบอร์คุณ, เบอร์ของคุณ, 不小心,
    误发, 填错, 你的手机号, 你的号码, 間違えて, 誤って, あなたの番号, 실수로, 잘못, 당신 번호,
    av misstag, ditt nummer, ved en fejl, ved et uheld, dit nummer, ved en feil, vahingossa,
    numerosi, omylem, tvoje cislo, tve cislo, veletlenul, a szamodat, din greseala, numarul tau,
    κατα λαθος, τον αριθμο σου, по погрешка, твоя номер, greskom, slucajno, tvoj broj, netycia,
    per klaida, kogemata, nejausi, בטעות, המספר שלך, ভুল করে, آپ کا نمبر, غلطی سے, தவறுதலாக,
    kimakosa
"""

AUTHORITY: Final = """
    i moderate this, i am the moderator, i am a moderator, i'm the moderator, i'm a moderator,
    i am the admin, i am an admin, i'm the admin, i'm an admin, i am from support, i'm from support,
    this is the moderator, this is support, this is the admin, this is an official, official notice,
    official support, official help desk, official team, on behalf of the moder*,
    we are the moderators, the moderation team, from the support team, your support team,
    i unlock accounts, we unlock accounts, to clear your account, hier die moderation,
    hier ist die moderation, hier ist der support, hier spricht, ich bin moderator, ich bin admin,
    ich bin der moderator, ich bin der admin, offizieller support, vom support-team,
    je suis moderat*, je suis l'admin*, ici la moderation, ici le support, support officiel,
    service officiel, soy moderador*, soy el moderador, soy la moderadora, soy administrador*,
    soy el admin*, soporte oficial, equipo de soporte, aqui el soporte, sou moderador*,
    sou o admin*, sou o moderador, suporte oficial, atendimento oficial, equipe de suporte,
    sono il moderatore, sono un moderatore, sono l'admin*, assistenza ufficiale, supporto ufficiale,
    ik ben moderator, ik ben de beheerder, officiele support, jestem moderatorem,
    jestem administratorem, tu moderator, oficjalne wsparcie, я модератор, я администратор, я админ,
    это модератор, это администрац*, пишет администратор, служба поддержки, официальная поддержка,
    від модератора, служба підтримки, я адміністратор, ben moderator, ben yonetici*, resmi destek,
    انا المشرف, انا مشرف, الدعم الرسمي, فريق الدعم, من مدیر, پشتیبانی رسمی, मैं एडमिन, मैं मॉडरेटर,
    आधिकारिक सहायता, saya admin, saya moderator, layanan resmi, admin resmi, ako ang admin,
    toi la admin, minh la admin, ho tro chinh thuc, ผมเป็นแอดมิน, ฉันเป็นแอดมิน,
    ฝ่ายสนับสนุนอย่างเป็นทางการ, 我是管理员, 我是版主, 官方客服, 私は管理者, モデレーターです,
    公式サポート, 관리자입니다, 운영자입니다, 공식 지원, jag ar moderator, jag ar admin,
    officiell support, jeg er moderator, jeg er admin, officiel support, offisiell support,
    olen moderaattori, olen yllapitaja, virallinen tuki, jsem moderator, jsem admin,
    oficialni podpora, som moderator, moderator vagyok, admin vagyok, hivatalos ugyfel*,
    sunt moderator, sunt admin, suport oficial, ειμαι ο διαχειριστης, επισημη υποστηριξη,
    аз съм модератор, официална поддръжка, ja sam moderator, ja sam admin, zvanicna podrska,
    אני מנהל, תמיכה רשמית
"""

ACCOUNTS: Final = """
    your account*, your acc, your session, your report, your ban, your profile, unlock accounts,
    accounts have to, accounts must, accounts need, your keys, your access, keep access,
    access to the room, about your, the report against, reported you, be be removed, banned,
    verify again, dein konto, deine konten, dein account, ihr konto, ihren account, die konten,
    deine sitzung, gesperrt wird, ton compte, votre compte, vos comptes, ta session, votre session,
    tu cuenta, su cuenta, tus cuentas, tu sesion, sua conta, tua conta, tuo account, suo account,
    il tuo profilo, tua sessione, je account, uw account, jouw account, twoje konto, twojego konta,
    ваш твой аккаунт, ваша учетн*, учетная запись, аккаунт, ваш акаунт, твій акаунт,
    обліковий запис, hesabin*, hesabiniz*, حسابك, حساب شما, आपका अकाउंट, आपका खाता, akun anda,
    akun kamu, account mo, tai khoan, บัญชีของคุณ, 你的账号, 您的账户, 你的帐号, ditt konto,
    din konto, tilisi, tilisi on, vas ucet, tvuj ucet, tvoj ucet, a fiokod*, fiokja, contul tau,
    contul dv*, λογαριασμο σου, λογαριασμος σας, профила ви, акаунта ви, vas nalog, tvoj nalog,
    jusu paskyr*, החשבון שלך
"""

SCANS: Final = """
    scan the code, scan this code, scan the qr, scan this qr, scan qr, scan with, scan below,
    scan to, qr with, den code scannen, scannt den, scanne den, scannen sie, qr-code scannen,
    qr code scannen, scannez, scanne le, scanner le qr, flashez, escanea*, escanee*, escaneie,
    escaneia, leia o qr, inquadra, scansiona*, scan de qr, scan de code, zeskanuj*, отсканируй*,
    сканируй*, отскануй*, скануй*, відскануй*, okutun, okut, tarat*, امسح, مسح الرمز, اسکن, स्कैन,
    pindai, scan barcode, quet ma, สแกน, 扫码, 扫一扫, 扫描, 掃描, スキャン, 読み取って, 스캔,
    skanna, skann, skan, skannaa, naskenuj*, naskenujte, szkenneld, olvasd be, scanati, scaneaza,
    σκαναρ*, сканирай*, skeniraj*, nuskenuok*, סרקו, স্ক্যান, اسکین
"""

SCAN_BAITS: Final = """
    free, receive, win, prize, premium, reward*, bonus, cash, usdt, profit, signals, crypto, gratis,
    kostenlos, erhalte, gewinn*, geschenk, gratuit*, recevez, recois, gagne*, cadeau, recibe*,
    recibir, gana, premio, regalo, gratuito, receba, ganhe, brinde, ricevi, vinci, ontvang, darmow*,
    odbierz, nagrod*, бесплатн*, получи*, приз, подар*, безкоштовн*, отримай*, bedava, ucretsiz,
    kazan*, odul*, مجانا, مجاني, جائزة, رایگان, جایزه, मुफ्त, फ्री, इनाम, hadiah, libre, mien phi,
    nhan ngay, qua tang, ฟรี, รับ, 免费, 领取, 红包, 无料, プレゼント, もらえ, 무료, 받으세요, 경품,
    vinn, ilmai*, zdarma, zadarmo, ingyen, nyeremeny, castig*, δωρεαν, безплатн*, besplatn*,
    nemokam*, חינם, বিনামূল্যে, مفت, இலவச, bure
"""
