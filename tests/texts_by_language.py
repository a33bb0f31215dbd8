# ruff: noqa: RUF001
"""Short reviews and posts as people write them, by language; written for the tests."""

TEXTS = {
    "de": """\
Die App stürzt ständig ab, schrecklich
Ich bin sehr enttäuscht, nie wieder
Seit dem letzten Update geht gar nichts mehr
Lieferung war schnell und gut verpackt, gerne wieder
Leider funktioniert der Login nicht mehr
Tolle App, benutze sie jeden Tag
Der Kundenservice hat mir sofort geholfen, vielen Dank!
Viel zu teuer für das was man bekommt
Bin mit dem Kauf sehr zufrieden
Nach zwei Wochen schon kaputt, Geld zurück verlangt
Warum muss ich mich jedes mal neu anmelden???
Das Essen war lecker aber der Service leider sehr langsam
Kann ich nur empfehlen, funktioniert einwandfrei
Zu viel Werbung, nervt total
heute wieder stau auf der a8, ich hab keine lust mehr
Bestes Hotel in dem wir je waren, das Personal ist super freundlich
Qualität ist in Ordnung, mehr aber auch nicht
Habe das Paket nie bekommen und niemand antwortet
Endlich mal eine App die hält was sie verspricht
Akku hält keinen halben Tag
Bitte macht den dunklen Modus wieder rein
Sehr schöne Farben und angenehmer Stoff
Wie immer alles bestens
ich liebe dieses Spiel, aber es lädt ewig
Die Bedienung ist umständlich und unübersichtlich
Hat uns gut gefallen, wir kommen wieder
Größe passt nicht, musste es zurückschicken
Schade, früher war es besser
Nicht zu empfehlen!
so ein schöner tag am see mit den kindern ☀️
""",
    "fr": """\
Très déçu, je ne recommande pas du tout
L'application plante à chaque ouverture
Livraison rapide et produit conforme, merci
Je suis ravie de mon achat
Trop de publicités, c'est insupportable
Le service client ne répond jamais
Super appli, je l'utilise tous les jours
La qualité est vraiment au rendez-vous
Ça ne marche plus depuis la mise à jour
Un peu cher mais ça vaut le coup
Nous avons passé un excellent séjour, le personnel est adorable
J'attends mon remboursement depuis trois semaines
Très bon rapport qualité prix
la batterie se vide en deux heures, c'est nul
Impossible de se connecter à mon compte
Je recommande les yeux fermés
Le repas était froid et le serveur désagréable
Bonne application mais il manque le mode sombre
encore un retard de train ce matin, j'en ai marre
Parfait pour mon fils de six ans
Taille trop petit, prenez une taille au dessus
Colis arrivé abîmé, rien ne fonctionne
quelle belle journée avec mes amis ❤️
C'était mieux avant
Rien à dire, tout est parfait
Pourquoi avoir changé l'interface ?
Je ne comprends pas les bonnes notes, c'est une arnaque
Facile à utiliser et très pratique
Merci pour votre aide, problème résolu
Ne fonctionne pas sur mon téléphone
""",
    "es": """\
No tengo quejas, todo perfecto, me encanta
La aplicación se cierra sola todo el tiempo
Muy buena atención y entrega rápida
No lo recomiendo, se rompió a la semana
Excelente producto, superó mis expectativas
Desde la última actualización no puedo entrar
Demasiada publicidad, la voy a desinstalar
El hotel estaba limpio y el personal muy amable
Llevo un mes esperando el reembolso
Me gusta mucho pero es un poco cara
La batería no dura nada
Por favor arreglen el error al iniciar sesión
Es la mejor app que he usado
Pésimo servicio, nadie contesta el teléfono
La comida llegó fría y faltaban cosas
Muy fácil de usar, gracias
No sirve para nada
que dia tan bonito con mi familia
Todo llegó bien y antes de tiempo
El talle es más chico de lo que dice
Antes funcionaba mejor, ahora es un desastre
¿Por qué cambiaron el diseño?
Estoy muy contenta con la compra
otra vez sin luz en todo el barrio, estoy harto
Buena relación calidad precio
Lo compré para mi hijo y le encantó
No vale lo que cuesta
Funciona perfecto, la recomiendo
Me cobraron dos veces y no me devuelven el dinero
Mala calidad, muy decepcionado
""",
    "pt": """\
O aplicativo trava toda hora, péssimo
Muito bom 😍 recomendo demais
Chegou antes do prazo e bem embalado
Não funciona desde a última atualização
Estou muito satisfeita com a compra
Propaganda demais, vou desinstalar
O atendimento foi excelente, obrigado
Veio com defeito e ninguém responde
Melhor app que já usei
A bateria não dura nem meio dia
Não recomendo, dinheiro jogado fora
Gostei muito, fácil de usar
O hotel é ótimo mas o café da manhã é fraco
Faz um mês que espero meu reembolso
Por que mudaram tudo?
Não consigo entrar na minha conta
Produto de ótima qualidade
a comida chegou fria e atrasada
que dia lindo na praia com os amigos
Meu filho adorou o presente
Caro demais pelo que oferece
Tudo certo, voltarei a comprar
hoje o ônibus atrasou de novo, não aguento mais
O tamanho é menor do que o anunciado
Antes era melhor, agora está cheio de erros
Funciona perfeitamente no meu celular
Péssima experiência, nunca mais compro aqui
Parabéns pela equipe, muito atenciosos
Falta o modo escuro
Bom, mas poderia ser melhor
""",
    "it": """\
L'app si blocca in continuazione, pessima
Ottimo prodotto, sono molto soddisfatta
Spedizione veloce e imballo perfetto
Dopo l'aggiornamento non funziona più niente
Non lo consiglio, si è rotto dopo due giorni
Il personale è stato gentilissimo, torneremo
Troppa pubblicità, la disinstallo
Il servizio clienti non risponde mai
Facile da usare e molto utile
Un po' caro ma ne vale la pena
La batteria dura pochissimo
Aspetto il rimborso da un mese
Bellissimo albergo in centro, colazione ottima
Non riesco ad accedere al mio account
La migliore applicazione che abbia mai usato
Il cibo era freddo e il cameriere scortese
Perché avete cambiato la grafica?
che bella giornata al mare con gli amici
Qualità scadente, sono deluso
Arrivato in anticipo, tutto perfetto
anche oggi il treno è in ritardo, non ne posso più
Mio figlio lo adora
La taglia è più piccola del previsto
Prima era meglio
Funziona benissimo, grazie
Soldi buttati
Manca la modalità scura
Mi hanno addebitato due volte lo stesso ordine
Consigliatissimo a tutti
Niente di speciale ma fa il suo dovere
""",
    "nl": """\
De app crasht steeds, heel vervelend
Snelle levering en goed verpakt, bedankt
Sinds de laatste update werkt het niet meer
Ik ben erg tevreden met mijn aankoop
Veel te veel reclame, ik ga hem verwijderen
De klantenservice reageert nooit
Zeker een aanrader, gebruik hem elke dag
Na twee weken al kapot
Prima hotel met vriendelijk personeel
Ik wacht al een maand op mijn geld
Makkelijk in gebruik en erg handig
De batterij is zo leeg
Waarom hebben jullie alles veranderd?
Ik kan niet meer inloggen op mijn account
Het eten was koud en de bediening onvriendelijk
Goede kwaliteit voor deze prijs
Valt klein uit, bestel een maat groter
wat een heerlijke dag op het strand
Nooit meer, wat een slechte service
Alles netjes geleverd zoals beloofd
weer vertraging met de trein, ik ben het zat
Mijn zoon is er heel blij mee
Vroeger was het beter
Werkt perfect, geen problemen gehad
Te duur voor wat je krijgt
Jammer dat er geen donkere modus is
Beste app die ik ooit heb gehad
Pakket nooit ontvangen en niemand die helpt
Niet geschikt voor kinderen
Doet wat het moet doen
""",
    "ru": """\
Приложение постоянно вылетает, ужас
Очень доволен покупкой
После обновления ничего не работает
Быстрая доставка, всё хорошо упаковано
Не рекомендую, сломалось через неделю
Служба поддержки не отвечает
Слишком много рекламы
Отличное приложение, пользуюсь каждый день
Деньги так и не вернули
Батареи хватает на два часа
Не могу войти в свой аккаунт
Качество хорошее за такие деньги
Еда пришла холодная
Прекрасный отель, вежливый персонал
Зачем всё поменяли?
Сыну очень понравилось
опять пробка на два часа, надоело
Размер маленький, пришлось вернуть
Раньше было лучше
Всё работает, спасибо
Ужасно
Хорошо
Полное разочарование
Самое лучшее приложение
Дорого и бесполезно
какой чудесный день на даче
Заказ пришёл раньше срока
Нет тёмной темы, жаль
Деньги на ветер
Советую всем
""",
    "zh": """\
软件总是闪退，太差了
物流很快，包装完好
更新之后完全不能用了
质量不错，值得购买
客服一直不回复
广告太多，卸载了
用了两个星期就坏了
非常满意，下次还会来
酒店干净，服务员很热情
等了一个月还没有退款
电池不耐用
无法登录我的账号
性价比很高
饭菜是凉的，态度也不好
为什么要改界面
孩子非常喜欢
尺码偏小
以前比较好用
很好
太棒了，推荐给大家
不值这个价
今天又堵车了，好烦
和朋友去海边，真开心
希望增加夜间模式
操作简单方便
被骗了，千万别买
一般般吧
收到的东西和图片不一样
垃圾
谢谢你们的帮助
""",
    "ja": """\
アプリがすぐ落ちます。最悪です
配送が早くて梱包も丁寧でした
アップデートしてから使えなくなった
とても満足しています
二週間で壊れました
サポートに連絡しても返事がない
広告が多すぎる
毎日使っています。便利です
ホテルの人がとても親切でした
返金がまだ来ません
電池の減りが早い
ログインできない
値段の割に品質が良い
料理が冷めていた
なぜデザインを変えたのか
子供が喜んでいます
サイズが小さかった
前の方が良かった
最高！
おすすめしません
高すぎると思います
今日も電車が遅れてる、もう嫌だ
友達と海に行って楽しかった
ダークモードが欲しい
使いやすいです
写真と違うものが届いた
普通
ありがとうございました
二度と買わない
期待していたのに残念
""",
    "ar": """\
التطبيق يتوقف باستمرار، سيء جدا
التوصيل سريع والتغليف ممتاز
بعد التحديث لم يعد يعمل
أنا راضية جدا عن الشراء
لا أنصح به، تعطل بعد أسبوع
خدمة العملاء لا ترد
الإعلانات كثيرة ومزعجة
أفضل تطبيق استخدمته
الفندق نظيف والموظفون لطفاء
أنتظر استرداد المال منذ شهر
البطارية لا تدوم
لا أستطيع تسجيل الدخول
جودة ممتازة مقابل السعر
الطعام كان باردا
لماذا غيرتم التصميم؟
ابني أحبه كثيرا
المقاس صغير
كان أفضل من قبل
رائع
ممتاز
لا يستحق ثمنه
يوم جميل مع الأصدقاء على البحر
الطريق مزدحم اليوم كالعادة
سهل الاستخدام ومفيد
شكرا لكم على المساعدة
وصلني منتج مختلف عن الصورة
تجربة سيئة للغاية
أنصح الجميع به
غالي جدا
لا بأس به
""",
}
"""Thirty texts of each language."""

ENGLISH = """\
ok
Ok.
Super!
SUPER!!!
Perfect
perfect!
Great app
LMAO, AMAZING!
So annoyed
What to do?
hello?
nightmare.
What a junk.
No
none
N/A
nope
Meh
wow
Fantastic!
Genial
Excellent service
Good quality
bad
Not bad
Love it
love love love
Terrible
Horrible experience
good
nice
Nice!
v good
thx
Thank you
lol
hahaha
Hmmm
Yes
Everything
Staff
Price
The prices
Customer service
Nothing really
too expensive
Loading times
Login
Dark mode pls
More vegan options
Anna
Marco Rossi
Hans Müller
José García
Jean-Claude Van Damme
Berlin
San Francisco
Rio de Janeiro
Café Central
Deutsche Bahn
Lady Gaga
https://example.com/de/produkte/schuhe
http://t.co/AbCdEf
@maria_lopez
@anonymous im perfect
#fail
#MondayMotivation
😍😍😍
👍
:)
<3
!!!
12345
5/5
10/10
A+
€ 20
iPhone 15
Netflix
PS5
RT @bbc: https://t.co/xyz
Gettin my pedi. Happy girl;)
Dude, WTF lady gaga? So bizarre.
im soooo tired omg
idk tbh
brb
smh
gr8 app m8
U rock
ty
works 4 me
wifi keeps dropping
Merci pour le movie.
A tasty masala.
Sushi for the connoisseurs of the macabre.
Two hours of junk.
''Welcome to Pig City.''
KENT GORDIS  New York, Nov. 5, 1989
RICHARD GRAYSON  Davie, Fla., Jan. 9, 2000
The latest extension ends Jan. 29.
""".splitlines()
"""Short English texts, and texts without a language: names, links, emoji."""
