"""English words by what they do to a noun phrase; `phrases` has the rules that use them.

Words are written in lower case and without apostrophes.
"""

DETERMINERS = frozenset(
    """
    a all an another any both each either every few half her his its many more most much my neither
    no none other our several some such the their these those your
    """.split()  # noqa: SIM905
)
"""A noun follows, perhaps after adjectives. `this` and `that` are not here: `this works`."""

PREPOSITIONS = frozenset("about as despite for like of off per regarding than with without".split())  # noqa: SIM905
"""A noun may follow, but no form of a verb other than `-ing`."""

PLACES = frozenset(
    """
    above across after against along among around at before behind below beside between beyond by
    during from in inside into near on onto out outside over since through throughout toward
    towards under until up upon via within
    """.split()  # noqa: SIM905
)
"""Prepositions of places and times: the noun that follows is rarely what is judged."""

LINKS = frozenset(
    """
    am are arent be been being feel feels felt is isnt look looked looks seem seemed seems was wasnt
    were werent
    """.split()  # noqa: SIM905
)
"""Forms of `be` and its like: a word alone that follows is an adjective."""

BEFORE_VERBS = frozenset(
    """
    appeal appeals become begin begins bring brings can cannot cant capture captures continue
    continues could couldnt couldve deliver delivers did didnt do does doesnt dont exist exists
    failing follows gives gonna gotta grows had hadnt happens havent he hed hurts i id ill it itd
    itll ive keeps knows lack leads lets lie lies makes manage manages may means meets might must
    mustnt need needs never not please prove proves puts reach reaches remain remains reminds reveal
    reveals runs says seek seeks shall she should shouldnt shouldve suffer suffers suggest suggests
    takes tells tends thatll they theyd theyll theyve to tries u wanna wants we wed weve who will
    wins wont working would wouldnt wouldve you youd youll youve
    """.split()  # noqa: SIM905
)
"""The next word is a verb: pronouns that are subjects, modals, `to`."""

OBJECTS = frozenset("anyone everyone him it me them us you yourself".split())  # noqa: SIM905
"""The word before is a verb."""

ADVERBS = frozenset(
    """
    almost already also always even ever just maybe never not often once quite rather really simply
    so soon still then too very
    """.split()  # noqa: SIM905
)
"""They may stand between a pronoun and its verb."""

VERBS = frozenset(
    """
    access add agree allow allows answer answers appear appears arrive arrives ate beat beats boast
    boasts break breaks broke broken browse bug build built burn burns buy buys carries carry catch
    charge charges choose chose chosen click comes compare compares complain configure connect
    connects consider contact contain contains cost costs cover covers crash crashes create creates
    cut decide delete deserve die dies download draw drive drives drop drops eat enable enables
    exceed exceeds excel expect expects explain explore fall falls feature fell fill fit fits fix
    fixes flew fly forgot forgotten froze frozen grab grew grow handle handles happen heard help
    helps hit hits hold holds hook import include includes insert install installs join keep lack
    lacks last lasts laugh launch lead leave leaves left let like listen live lives load loads lock
    locks lose loses manage navigate offer offers open opens order outnumber outperforms own owns
    paid pay pays perform performs pick pics play plays plug plugs press prevent prevents process
    produce produces provides pull push ran rate rated read record records refuse refuses reminds
    replace report require requires respond responds return returns rip rips save saves scan scroll
    scrolls search select sell sells serve serves ship shoot shoots shop show shows skip skips sold
    solve solves spend stand stands stay stays stick store stores stretch stuck surpass surpasses
    switch takes teach tells thank throw transfer transfers tried trust turns update upload view
    visit walk wear went wish woke work works worry wrote
    """.split()  # noqa: SIM905
)
"""Verbs that `FUNCTION_WORDS` lacks. After a determiner or an adjective they are nouns."""

ADJECTIVES = frozenset(
    """
    accurate actual additional adequate affordable alternate amateur annoyed average aware basic big
    bigger biggest blurry bright brighter broken bulky careful cheap cheaper cheapest cheesy clean
    clearer close closer clumsy cold comfortable common compact compared compatible complete complex
    confident convenient correct current dark dead deep defective delicate delicious different
    difficult dim dirty dry due dull durable ease efficient elegant empty equal essential
    exceptional expensive extra false familiar famous fancy fast faster fastest few fewer final fit
    flat flawed flimsy free fresh friendly full fuzzy generic genuine handy heavier heavy helpful
    high higher highest hot ideal immediate independent inexpensive intuitive just large larger
    largest last latest light lighter lightweight local longer longest loose low lower lowest loyal
    main major maximum mild minimal minimum minor modern multiple narrow natural necessary new newer
    newest nicer normal noticeable numerous obvious odd older original overall own pathetic pleased
    plus popular powerful practical present pretty previous prior prompt proper pure quick quicker
    quiet rare raw reasonable recent regular reliable rich robust rough round safe separate serious
    shaky sharp sharper shiny short shorter significant similar slick slight slim slow slower small
    smaller smallest smooth snug soft sole solid sophisticated special specific spotty standard
    steady steep sturdy stylish subsequent sudden sufficient superior thick thin thinner tight tiny
    tired total tricky true typical unhappy unique unknown unreliable unusual usable useable
    user-friendly various vast versatile vivid warm wet whole wide wider wrong yummy
    """.split()  # noqa: SIM905
)
"""Words that measure or judge a noun, and are no part of its name."""

NOUNS = frozenset(
    """
    barrier cable call calls care carrier courier experience feature fit name names pics place
    places price quality room rooms sound supplier table vegetable
    """.split()  # noqa: SIM905
)
"""Nouns among the words of `stop_words`."""

EMPTY_HEADS = frozenset(
    """
    ability advantage advice ah ahead albeit amount anything billion billions bit bits boyfriend
    buck bucks bunch buy cash chance choice christmas combination complaint complaints con
    conclusion cons couple couples deal degree dislikes doubt downside dr drawback drawbacks example
    exception exchange expectation expectations family fan flaw flaws friend friends gift girlfriend
    gripe gripes hand hands home hundreds husband instance issue issues job kid kids like likes line
    love luck majority millions mind minus money mr mrs ms negatives opinion opinions option order
    part parts past percent pleasure plunge plus positives pro problem problems pros purpose
    question questions range research rest result results return review reviewer reviewers reviews
    rid self sense shot side sort spite star stars strength strengths tho thousands top trouble
    troubles try use user users view warning weakness weaknesses wife winner word words work world
    """.split()  # noqa: SIM905
)
"""Nouns that name no aspect alone: an opinion, its reason, who has it, a measure."""

NOUNS_IN_ING = frozenset(
    """
    billing booking building casing ceiling charging clothing evening housing lighting meaning
    morning packaging parking pricing processing rating ring setting shipping spring string training
    wedding wiring
    """.split()  # noqa: SIM905
)
NOUNS_IN_ED = frozenset("bed breed feed need seed shed speed weed".split())  # noqa: SIM905
NOUNS_IN_LY = frozenset("anomaly assembly family monopoly reply supply".split())  # noqa: SIM905
