"""English  that name no topic.

`FUNCTION_WORDS` are counted nowhere. `OPINION_WORDS` say how something is, and not what it is: they
explain a change of sentiment, but do not make a theme. Words are written without apostrophes.
"""

FUNCTION_WORDS = frozenset(
    """
    a able about above across actually add added after afternoon again against ago agree ahh ain all
    almost along already also although always am amid among amp an and another any anybody anyone
    anything anyway anywhere apart april are aren arent around article as aside ask asked asking at
    august away aww back be became because become becomes been before began begin behind being
    believe below beside besides between beyond big bit both bought bring btw but buy by call called
    came can cannot cant certain change changed check clear clearly com come comes coming could
    couldn couldnt couldve cuz day days dear december decide decided despite did didn didnt do does
    doesn doesnt doing don done dont down due during each eat eating eight either else elsewhere em
    end ended enough entire especially etc even evening ever every everybody everyone everything
    everywhere exactly except fact far fb february few ff find finding finds finish finished first
    five follow following for former forth found four friday from full further furthermore gave get
    gets getting give given gives giving go goes going gon gone gonna got gotta gotten gt guess guy
    guys ha had hadn hadnt hah haha hahaha half happen happened happening happens has hasn hasnt
    have haven havent having he head heading hear heard hed hehe held hell hello her here hereby
    heres hers herself hes hey hi him himself his hmm hour hours how however hows html http https
    huh hundred i id idea idk if ill im imho imo important in indeed inside instead into is isn isnt
    it itd itll its itself ive january join joined july june just keep keeps kept kind kinda knew
    know known knows large last lately later latter least left less let lets like likely listen
    little ll lmao lol long look looked looking looks lot lots lt made main mainly make makes making
    man many march may maybe me mean means meanwhile meet mention might mightve million mine minute
    minutes moment monday month months more moreover morning most mostly move moved much must mustnt
    my myself nah name namely nbsp near nearly need needed needs neither never nevertheless new next
    night nine no nobody non none nope nor not nothing november now nowhere number october of off
    often oh ok okay old omg on once one ones only onto ooh open or other others otherwise ought our
    ours ourselves out outside over own particular people per perhaps person pick picked place
    please plenty pls plz point post posted posting ppl pretty probably provide put puts putting
    quick quickly quite quot rather re read reading ready real really reason receive received
    regarding regards remember right rofl room rt run running runs said same saturday saw say saying
    says second see seeing seem seemed seems seen self send sent september seriously set seven
    several shall shan she shed shell shes should shouldn shouldnt shouldve showed side simply since
    single sit six small smh so some somebody somehow someone something sometime sometimes somewhat
    somewhere soon sort sorta sound sounds speak spent start started starting stay stayed step still
    stop stuff subject such sunday sure take taken takes taking talk talked talking tbh tell ten
    term than thank thanks that thatll thats the their theirs them themselves then thence there
    thereby therefore therell theres these they theyd theyll theyre theyve thing things think
    thinking thinks this those though thought thousand three through throughout thru thursday thus
    thx til till time times to today together told tomorrow tonight too took total toward towards
    tried tries true truly trust try trying tuesday turn turned twice two type u ugh under
    understand unless until unto up upon ur url us use used uses using usual usually ve versus very
    via wait waiting wanna want wanted wanting wants was wasn wasnt watch watched watching way ways
    we wed wednesday week weekend weeks well went were weren werent weve what whatever whats when
    whence whenever where whereas wherever whether which whichever while whither who whoever whole
    whom whose why will with within without won wonder wont would wouldn wouldnt wouldve wow write
    writes wrote wtf www ya yall yay yeah year years yep yes yesterday yet you youd youll young your
    youre yours yourself yourselves youve yup
    """.split()  # noqa: SIM905
)

OPINION_WORDS = frozenset(
    """
    absolutely adorable amazed amazing amazingly angry annoyed annoying appalling ashamed atrocious
    awesome awful awfully awkward bad badass badly beautiful beautifully best better blessed bored
    boring bother brilliant care charming cheerful clever congrats congratulations cool crap crappy
    crazy cried cry crying cute damn damned dandy decent definitely delighted delightful depressed
    depressing despise die disappointed disappointing disappointment disaster disgusted disgusting
    dislike dope dreadful dumb early easily easy enjoy enjoyable enjoyed enjoying epic evil
    excellent excellently excited excitement exciting extraordinary extremely fab fabulous fail
    failed fails fair fan fantastic fav fave favorite favourite fear feel feeling feelings feels
    felt finally fine flawless forget fortunate freaking fuck fucked fucking fun funny furious
    garbage genius gentle glad glorious good goodness gorgeous gotten grateful great greatest
    greatly gross happiest happily happiness happy hard hate hated haters hates hating hell helpful
    high hilarious hope hopefully hoping horrendous horrible horribly horrific horrified huge hurt
    hurts idiot idiotic ill impressed impressive incredible incredibly insane inspiring interested
    interesting jealous joke joy junk keen kill killed kills lame late laughed laughing lazy liked
    liking literally lonely lose losing lost loud lousy love loved lovely lover loves loving low
    lower luck luckily lucky mad magnificent marvellous marvelous mediocre meh mess miserable miss
    missed missing mistake nasty neat nice nicely nuts ok outrageous outstanding painful pathetic
    perfect perfectly piss pissed pleasant pleased pleasing pleasure poor poorly positive precious
    proud quality recommend recommended regret relaxed ridiculous rubbish rude sad sadly sadness
    satisfied satisfying scared scary screwed shame shit shitty shock shocked shocking sick silly
    simple slow smart smile smiling sorry spectacular spiteful stellar strange strong stunning
    stupid suck sucked sucking sucks sucky super superb surprise surprised surprising sweet sweetest
    terrible terribly terrific thankful thrilled tired tough trash ugliest ugly unacceptable
    unbelievable unfortunate unfortunately unhappy upset upsetting useful useless weak weird welcome
    wicked win winning wish wishes wishing won wonder wonderful wonderfully wonders worried worry
    worse worst worth worthless worthwhile wrong yucky yummy
    """.split()  # noqa: SIM905
)
