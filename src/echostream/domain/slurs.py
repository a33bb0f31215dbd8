"""The words that `masking` takes for slurs. The list is offensive, and of no other use.

These are English slurs for race and origin, religion, sexual orientation, gender, disability and
women, with their plural forms. A form with another meaning that everybody uses is not here: chink,
cripple, dyke, fag, queer, tart. docs/themes.md says more about the choice.
"""

_WORDS = """
battyboy battyboys beaner beaners cameljockey cameljockeys chinky cunt cunts currymuncher
currymunchers dago dagoes dagos darkie darkies dothead dotheads faggot faggotry faggots
faggy femoid femoids fucktard fucktards fudgepacker fudgepackers gook gooks gyppo gyppos
honkies injun injuns jap japs jewboy jewboys jigaboo jigaboos jiggaboo jiggaboos kaffirs
kike kikes krauts lezbo lezbos lezzie lezzies libtard libtards mongoloid mongoloids moolie
moolies mooncricket mooncrickets mudslime mudslimes muzzie muzzies muzzrat muzzrats negress
negresses nigga niggah niggahs niggas niggaz nigger niggers niglet niglets pajeet pajeets
paki pakis pickaninnies pickaninny pikey pikeys polack polacks poofter poofters porchmonkey
porchmonkeys raghead ragheads retard retarded retards sandnigger sandniggers sheboon
sheboons shemale shemales shirtlifter shirtlifters slanteye slanteyes slut sluts slutty spaz
spazz spazzes sperg spergs spics towelhead towelheads trannie trannies tranny trannys
wetback wetbacks whore whores wigger wiggers wog wogs zipperhead zipperheads
"""
SLURS = frozenset(_WORDS.split())
