"""Words that a digest may use whatever the documents say, and words that say a direction."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REPORT_WORDS = _words(
    """
    about account added after against already also among amount another appear appeared author
    authors average balance became become before began begin begins behind below between both
    bring brought cause caused causes change changed changes cited clear clearly closely comment
    commented comments common compare compared comparison complain complained complaining
    complaint complaints concern concerned concerns considerably contain contains continue
    continued contrast contribute contributed contributes criticise criticised criticises
    criticism criticize criticized day days decline declined decrease decreased describe
    described describes despite differ difference different discuss discussed discusses
    discussing discussion document documents dominate dominated dominates drop dropped drove due
    during earlier effect emerge emerged emerges emerging especially example examples explain
    explained explains express expressed expresses expressing fall fallen fell few fewer focus
    focused follow followed following found frequent frequently frustrated frustration gain
    gained generally grew group groups grow grown growth high higher highest hour hours however
    language languages increase increased increasing increasingly issue issues largest last
    later latest lead leads least led less level likewise lower lowest main mainly many mean
    meanwhile mention mentioned mentioning mentions mixed mood more move moved much negative
    negatively negativity neutral
    new newly note noted notes number numbers often opinion opinions other others overall part
    partly people period periods positive positively positivity post posted posting posts praise
    praised praises praising previous previously problem problems prominent pull pulled push
    pushed rather read reflect reflects related relative remain remained remains report reported
    reports response responses review reviews rise risen rising rose sample say saying says
    score scored scores second seen sentiment sentiments several share shared shares sharply
    shift shifted show showed shows similar since single slightly small smaller smallest source
    sources stable steady still strong stronger strongly subject subjects text texts theme
    themes together topic topics towards trend unchanged unscored usual week
    weeks well whereas while within write writer writers writes writing wrote
    """
)
"""Words of a report about documents."""
UP_WORDS = _words(
    """
    gain gained grew grow grown growth higher increase increased increasing increasingly more
    rise risen rises rising rose up
    """
)
DOWN_WORDS = _words(
    """
    decline declined decrease decreased down drop dropped fall fallen fell fewer less lower
    shrank shrunk
    """
)
PRAISE_WORDS = _words(
    """
    positive positively positivity praise praised praises praising
    """
)
CRITICISM_WORDS = _words(
    """
    complain complained complaining complaint complaints criticise criticised criticises
    criticism criticize criticized frustrated frustration negative negatively negativity
    """
)
UNCHECKED_WORDS = _words(
    """
    all always billion cannot double doubled dozen dozens eight eighty eleven everybody everyone
    except fifth fifty five forty four half halves hundred hundreds largely majority million
    millions minority most mostly neither never nine ninety no nobody none nor not nothing only
    percent percentage quarter seven seventy six sixty ten third thirds thirty thousand
    thousands three thrice triple tripled twelve twenty twice two without zero
    """
)
"""Words of numbers, of all, most or none, and of negation: no check can tell if they are true."""
