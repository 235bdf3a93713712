"""Honest job offers and sales of newcomers, with salaries, prices, addresses and company links."""

# ruff: noqa: RUF001, E501 - people write as they write

JOBS = {
    "en": (
        "Hiring: Senior Rust developer (remote, EU), 75k to 90k EUR, 4-day week possible. https://careers.kestrel-systems.com/jobs/rust-engineer or jobs@kestrel-systems.com",
        "We're a small co-op in Bristol looking for a sysadmin, 20h/week, £24 per hour. Send a CV to hello@tideline.coop.example, no agencies please",
        "[HIRING] Frontend dev, Vue 3, Berlin or remote within CET, €60-70k, visa support. Apply: https://example-labs.com/jobs/frontend",
        "Hi! My uni lab pays $18/hour for students who label images, about 6 hours a week until June. Mail me if you like: okafor@cs.uni-lab.edu",
        "Looking for a freelance technical writer, paid per page (45 USD), two weeks of work. Portfolio to docs@northgate-tools.io",
        "For hire: I'm a backend dev (Go, Postgres) with 6 years of experience, looking for contract work, 60 €/h. CV: https://marekdev.example.net/cv.pdf",
        "Is anybody hiring juniors? I finished my bootcamp in May and would start at 30k anywhere in the north of England",
        "Our café in Leeds needs someone for weekends, £12.50/h plus tips, no experience needed, we teach you. Call 0113 496 0182 or drop by",
        "We need a part-time nanny in Utrecht, two afternoons a week, 14 euro an hour. Write to me here and I give you my number",
        "Internship (paid, 1,400 EUR a month, 6 months) at our robotics group in Turin, start in March: https://robotics.polito.example/intern",
        "remote data entry position? careful with those. we do hire for support though: 2,300 $/month, contract, details on https://www.brightdesk.io/careers",
        "The city library looks for 3 student assistants, E3 pay group, 10 h a week. Deadline 15 January. jobs.stadtbibliothek.example",
        "Contract: migrate a 200 user Mattermost to Matrix, budget around $5,000, start asap. dm me with references",
        "does anyone need a translator EN>TR? 0.06 per word, samples on my site https://aylin-translates.com",
    ),
    "de": (
        "Wir suchen eine Softwareentwicklerin (m/w/d) in Leipzig, 55.000 bis 65.000 € im Jahr, Homeoffice möglich: https://www.elbtal-software.de/karriere",
        "Minijob im Hofladen, 538 € im Monat, samstags, bei Interesse bitte Mail an laden@hof-sonnental.example",
        "Aushilfe fürs Lager gesucht, 14,50 € die Stunde, auch ohne Vorkenntnisse. Telefon 0341 2345678, Herr Krause",
        "Ausbildungsplatz Fachinformatiker ab September frei, 1.150 € im ersten Lehrjahr, Bewerbung an ausbildung@netzwerk-nord.de",
        "Suche Werkstudentenstelle in Köln, Python und SQL, 20 Stunden die Woche, hat jemand was?",
        "Freelancer für WordPress gesucht, etwa 30 Stunden, 70 €/h, gerne PN mit Referenzen",
    ),
    "fr": (
        "On recrute un développeur Python à Lyon, 42 à 48 k€ par an, télétravail 3 jours : https://www.atelier-numerique.fr/emplois",
        "Cherche serveur pour le week-end, 12,50 € de l'heure, débutant accepté, appelez le 04 78 12 34 56",
        "Stage de 6 mois en cybersécurité, 1 200 € par mois, candidature à rh@sentinelle.example",
        "Je propose mes services de graphiste, 250 € la journée, portfolio sur https://camille-dessine.fr",
        "offre de thèse financée à Grenoble, 2 100 € brut mensuel, écrire à marie.durand@univ-grenoble.example",
    ),
    "es": (
        "Buscamos programador backend en Valencia, 32.000 a 38.000 € anuales, jornada flexible: https://www.naranjosoft.es/empleo",
        "Se necesita camarera para fines de semana, 9 € la hora, sin experiencia, llamar al 963 123 456",
        "Prácticas remuneradas de diseño, 700 euros al mes, enviar CV a rrhh@estudiolima.com",
        "¿Alguien busca profe de inglés? 15 € la hora por videollamada, escríbeme por aquí",
        "vacante de soporte técnico remoto, $900 USD mensuales, contrato por 6 meses, postularse en https://empleos.andestech.com.co",
    ),
    "pt": (
        "Vaga para desenvolvedor PHP em Curitiba, R$ 6.500 CLT, vale refeição, currículo para vagas@pinhais.tec.br",
        "Procuro freelancer para um site simples, pago R$ 2.000, chama no privado",
        "Estágio em marketing, bolsa de R$ 1.200, seis horas por dia, inscrição em https://carreiras.lojabonita.com.br/estagio",
        "precisamos de motorista com CNH B, R$ 2.400 por mês, entrar em contato pelo (41) 3333-2211",
    ),
    "it": (
        "Cerchiamo sviluppatore Java a Bologna, 35-40k, contratto a tempo indeterminato: https://www.reteverde.it/lavora-con-noi",
        "Cercasi barista per il weekend, 10 € l'ora, anche senza esperienza, tel. 051 234567",
        "tirocinio retribuito 800 euro al mese, mandate il cv a lavoro@studioarco.it",
    ),
    "nl": (
        "Wij zoeken een DevOps-engineer in Eindhoven, 4.200 tot 5.000 euro per maand, solliciteer via https://www.lichtstad-it.nl/vacatures",
        "Bijbaan in de bakkerij, zaterdag, 11 euro per uur, ervaring niet nodig, bel 040 212 3456",
    ),
    "pl": (
        "Szukamy testera w Krakowie, 9-11 tys. zł brutto, praca hybrydowa: https://www.wawelsoft.pl/kariera",
        "Praca dodatkowa w kawiarni, 30 zł za godzinę, bez doświadczenia, CV na praca@kawalisek.pl",
    ),
    "ru": (
        "Ищем фронтенд-разработчика, удалённо, 180-220 тысяч на руки, резюме на hr@severcode.ru",
        "Подработка на выходных в книжном, 350 рублей в час, опыт не нужен, звоните 8 812 123-45-67",
        "вакансия: системный администратор, Казань, от 90 000 руб., подробнее https://hh.ru/vacancy/84512377",
    ),
    "uk": (
        "Шукаємо тестувальника у Львові, 40-50 тисяч гривень, резюме на jobs@karpaty-soft.ua",
        "Підробіток у кав'ярні, 120 грн за годину, без досвіду, телефонуйте 032 123 45 67",
    ),
    "tr": (
        "Ankara'da Java geliştirici arıyoruz, aylık 90-110 bin TL, başvuru: https://www.anadoluyazilim.com.tr/kariyer",
        "Hafta sonu garson aranıyor, saati 150 TL, tecrübe şart değil, 0312 123 45 67",
    ),
    "id": (
        "Lowongan admin gudang di Bandung, gaji 4,5 juta per bulan, kirim CV ke hrd@tokomaju.co.id",
        "dicari freelance desain logo, budget 1,5 juta, minat chat saya ya, portofolio wajib",
    ),
    "vi": (
        "Công ty mình tuyển lập trình viên PHP tại Đà Nẵng, lương 18-25 triệu, gửi CV về tuyendung@bienxanh.vn",
        "Quán cần bạn làm thêm cuối tuần, 30k một giờ, chưa có kinh nghiệm cũng được, gọi 0236 3123 456",
    ),
    "th": (
        "รับสมัครโปรแกรมเมอร์ ประจำเชียงใหม่ เงินเดือน 35,000-45,000 บาท ส่งประวัติที่ hr@lannasoft.co.th",
        "รับพนักงานพาร์ทไทม์ร้านกาแฟ ชั่วโมงละ 60 บาท ไม่มีประสบการณ์ก็ได้ โทร 053-123-456",
    ),
    "zh": (
        "成都招聘后端工程师，月薪15k到25k，五险一金，简历发到 hr@chuanxiang.example.cn",
        "周末咖啡店兼职，时薪30元，没有经验也可以，电话 028-8765-4321",
        "求推荐：想找一份上海的前端实习，每周四天，日薪200左右",
    ),
    "ja": (
        "京都でRubyエンジニアを募集しています。年収500万から650万円、リモート可。詳細は https://www.kamogawa-tech.co.jp/recruit",
        "週末のカフェのバイト募集です。時給1,150円、未経験でも大丈夫です。電話 075-123-4567",
    ),
    "ko": (
        "판교에서 백엔드 개발자 채용합니다. 연봉 5천~6천, 지원은 https://careers.hanbit-soft.co.kr",
        "주말 카페 알바 구해요, 시급 11,000원, 초보 가능, 02-123-4567 로 전화 주세요",
    ),
    "ar": (
        "مطلوب مطور واجهات في عمّان، الراتب 900 إلى 1200 دينار، أرسلوا السيرة الذاتية إلى jobs@petra-soft.jo",
        "مطلوب بائع لعطلة نهاية الأسبوع، 5 دنانير في الساعة، الخبرة ليست شرطا، اتصلوا على 06 512 3456",
    ),
    "hi": (
        "पुणे में पायथन डेवलपर चाहिए, 8 से 10 लाख सालाना, अपना सीवी hr@sahyadri-tech.in पर भेजें",
        "दुकान पर पार्ट टाइम लड़का चाहिए, 12000 रुपये महीना, अनुभव ज़रूरी नहीं, 020-2345-6789 पर फ़ोन करें",
    ),
    "fa": ("استخدام برنامه‌نویس پایتون در شیراز، حقوق ۲۵ تا ۳۰ میلیون، رزومه به jobs@parsesoft.ir",),
}

MARKET = {
    "en": (
        "Selling my Thinkpad T480, 16 GB, new battery, 220 € plus shipping. Pickup in Graz possible, payment by bank transfer or cash",
        "WTS: Trek road bike, 56 cm, $450, can ship within the US for about $60. PayPal goods and services is fine",
        "Is the bike still available? Would you take 380 and can I pay when I collect it?",
        "How much is shipping to Norway? I could pay with Revolut or Wise",
        "giving away a sofa, free, must be collected by Friday, call me 07700 900123",
        "Looking for a used Pixel 7, budget 200, ideally around Manchester. dm me",
        "price drop: camera is now 310 €, first come first served, photos here https://photos.app.goo.gl/aB3dE5fG7hJ9",
        "Sold! thanks everybody, sorry to those who came too late",
        "I send it with DHL once the money arrives, tracking number comes by message. 35 € total",
        "WTB two tickets for the Saturday concert, paying face value (79 each)",
        "Original box and receipt included, warranty until March. 150 or best offer. https://www.ebay-kleinanzeigen.de/s-anzeige/2817264532",
        "my etsy shop has 15% off this week, handmade mugs: https://www.etsy.com/shop/ClayAndRain",
        "Would you trade the keyboard for my mouse plus 20 dollars?",
        "I have 3 litters... kidding, 3 kittens. 80 € each for the vaccination, only to good homes, near Porto",
    ),
    "de": (
        "Verkaufe mein Fahrrad, 28 Zoll, 180 € VB, Abholung in Jena, Barzahlung oder Überweisung",
        "Ist der Monitor noch da? Würde 90 € zahlen und morgen abholen",
        "Versand kostet 6,99 €, Zahlung gern per PayPal Freunde oder Überweisung, wie es dir lieber ist",
        "Suche Kinderbett bis 60 €, Raum Hannover, bitte mit Bild",
        "2 Karten fürs Konzert am Samstag abzugeben, 45 € pro Stück, Originalpreis, Handy 0151 23456789",
    ),
    "fr": (
        "Je vends mon vélo, 200 € à débattre, à venir chercher à Nantes, paiement en espèces ou virement",
        "Toujours disponible ? Je peux payer 150 € et passer demain",
        "L'envoi coûte 8 €, je l'expédie dès que le paiement est arrivé",
        "cherche lave-linge d'occasion, budget 120 €, région de Lille",
    ),
    "es": (
        "Vendo bicicleta de montaña, 250 €, recogida en Sevilla, pago en mano o por Bizum",
        "¿Sigue disponible? Te doy 200 y la recojo mañana",
        "El envío son 9 euros, lo mando en cuanto llegue la transferencia",
        "regalo gatitos, solo a buena casa, llamad al 612 345 678",
    ),
    "pt": (
        "Vendo bicicleta aro 29, R$ 900, retirada em Recife, aceito pix",
        "Ainda tem? Pago 800 no pix e busco amanhã",
        "o frete fica R$ 35, mando o código de rastreio assim que postar",
    ),
    "it": (
        "Vendo bici da corsa, 300 €, ritiro a Parma, pagamento in contanti o bonifico",
        "È ancora disponibile? Le offro 250 e passo domani",
        "la spedizione costa 7 euro, spedisco appena arriva il pagamento",
    ),
    "nl": (
        "Te koop: damesfiets, 150 euro, ophalen in Zwolle, betalen met Tikkie kan",
        "Is hij nog beschikbaar? Ik bied 120 en kan morgen komen",
    ),
    "pl": (
        "Sprzedam rower, 600 zł, odbiór w Poznaniu, płatność gotówką albo BLIK",
        "Czy aktualne? Dam 500 i odbiorę jutro",
    ),
    "ru": (
        "Продам велосипед, 12 000 рублей, самовывоз в Туле, перевод на карту или наличные",
        "Ещё актуально? Отдадите за 10 000, заберу завтра",
        "доставка СДЭК 400 рублей, трек-номер пришлю после отправки",
    ),
    "uk": (
        "Продам велосипед, 6000 грн, самовивіз у Полтаві, оплата на картку або готівкою",
        "Ще актуально? Заберу завтра за 5500",
    ),
    "tr": (
        "Satılık bisiklet, 5.000 TL, elden teslim Bursa, kargo alıcıya ait",
        "Hâlâ duruyor mu? 4.500 olursa yarın alırım, havale yaparım",
    ),
    "id": (
        "Jual sepeda lipat, 1,2 juta nego, COD Surabaya, bisa transfer",
        "Masih ada kak? 1 juta boleh? besok saya ambil",
    ),
    "vi": (
        "Bán xe đạp cũ, 1,5 triệu, xem xe tại Huế, chuyển khoản hoặc tiền mặt",
        "Xe còn không ạ? 1,3 triệu mai em qua lấy",
    ),
    "th": (
        "ขายจักรยานมือสอง 3,500 บาท นัดรับขอนแก่น โอนหรือเงินสดก็ได้",
        "ยังอยู่ไหมครับ 3,000 ได้ไหม พรุ่งนี้ไปรับ",
    ),
    "zh": (
        "出一辆自行车，八成新，600元，杭州自提，微信或支付宝都行",
        "还在吗？500可以的话明天去拿",
    ),
    "ja": (
        "自転車を譲ります。8,000円、札幌で手渡し、支払いは現金か振込でお願いします",
        "まだありますか？7,000円でよければ明日取りに行きます",
    ),
    "ko": (
        "자전거 팝니다. 12만원, 대전 직거래, 계좌이체 가능해요",
        "아직 있나요? 10만원에 내일 가지러 갈게요",
    ),
    "ar": (
        "للبيع دراجة مستعملة، 80 دينار، الاستلام في إربد، الدفع نقدا أو تحويل",
        "هل ما زالت متوفرة؟ أدفع 70 وآتي غدا",
    ),
    "hi": (
        "साइकिल बेचनी है, 4000 रुपये, जयपुर में ले सकते हैं, UPI या नकद",
        "क्या अभी है? 3500 में कल ले जाऊँगा",
    ),
    "fa": ("فروش دوچرخه، ۳ میلیون تومان، تحویل حضوری اصفهان، کارت به کارت یا نقد",),
}
