"""Frequent words of English that no other frequent language has."""

ENGLISH_WORDS = frozenset(
    """
    about after again all always and any anyone anything are around awesome away back be because
    been before being best better big both bought bring but buy came can't cannot come could
    couldn't customer day days did didn't does doesn't doing don't down each easy enough even
    ever every everyone everything far feel few first for found free friend friends from fun get
    gets getting give go goes going gone gonna good got great had half happy has hasn't hate
    have haven't having he'll he's hello help here his home hope how i'd i'll i'm i've isn't it
    it's just keep know last least left let's life like little long look looking lot lots love
    loved made make makes many maybe might month more morning most movie much must my myself
    need never new next nice night not nothing now of off okay old once one only other our out
    over own people phone please pretty quality quick really right said same saw say see seems
    should shouldn't since some someone something soon sorry still stop stuff such sure take
    than thank thanks that that's the their them then there there's these they they're thing
    things think this those though thought through time today together tomorrow too took tried
    true try trying until up us used very wait want wanted wants wasn't watch way we're we've
    week weeks welcome well went were what what's when where which while who whole why will with
    without won't wonderful word work worked working works world worst would wouldn't wrong yeah
    year years yes yesterday yet you you'll you're you've your
    """.split()  # noqa: SIM905
)
