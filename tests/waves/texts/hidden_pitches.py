"""Pitches with words of warning, disguised links, quotations and calls for attention.

Slots: `{hidden}` for a site in disguise, and those of `Dice.filled`.
"""

# ruff: noqa: RUF001, E501 - people write as they write

HIDDEN_PITCHES = (
    "ATTENTION: the airdrop is live, connect your wallet at {hidden} and claim {more} before midnight",
    "ATTENTION\nConnect your wallet at {hidden} and claim {more} of free tokens today\nBeware of fake sites!",
    "Warning: only {days} hours left to claim {more} in tokens at {hidden}, connect your wallet now",
    "Claim {more} in free tokens at {hidden}, connect your wallet today\nBeware of scammers and impersonators",
    '"Claim {more} at {hidden} today" says the team, it is legit, I got mine, connect your wallet and claim',
    "Is it legit? Yes! Connect your wallet at {hidden} and claim {more} in tokens, it worked for me",
    'Someone sent me this and it worked for me: "connect your wallet at {hidden} and claim {more}"',
    "> Connect your wallet at {hidden} and claim {more}\nThis is real, I made {amount} in {days} days, thank you team",
    "Don't fall for fake traders. Mrs. Clara is the only one who pays, {more} in {days} days, go to {hidden}",
    'Report from our users: "I earned {more} in {days} days". Register at {hidden}, no fake profits, start with {amount}',
    "I was scammed twice and then I found this platform, it paid me {more} in {days} days: {hidden}",
    "Be careful with other brokers, this one paid me {more}: {hidden} - start with {amount} like I did",
    "Achtung: nur noch heute {more} in Token abholen, Wallet verbinden auf {hidden}",
    "Vorsicht vor Betrügern! Echt ist nur {hidden}, dort habe ich {more} in {days} Tagen verdient",
    "Attention : réclamez {more} de jetons gratuits sur {hidden}, connectez votre portefeuille aujourd'hui",
    "Cuidado con las páginas falsas, la única real es {hidden}, conecta tu billetera y reclama {more}",
    "Atenção: conecte sua carteira em {hidden} e receba {more} em tokens grátis, só hoje",
    "Внимание: подключите кошелёк на {hidden} и получите {more} бесплатно, только сегодня",
    "Осторожно, подделки! Настоящая раздача только на {hidden}, подключите кошелёк и получите {more}",
    "Dikkat: cüzdanınızı {hidden} adresinde bağlayın, {more} değerinde token alın, sadece bugün",
    "注意：今天在 {hidden} 连接钱包即可领取 {more} 代币，仅限今天",
    "注意！本日限定、{hidden} でウォレットを接続して {more} 相当のトークンを受け取れます",
)
