"""What people and tools call the columns of texts, times, ratings and authors.

Names are compared without case, spaces and punctuation: `Review Text`, `review_text` and
`reviewText` are one name. The lists were made from exports of app stores, shops, review sites,
help desks, survey tools, social networks and public data sets.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LISTS = {
    "text": """
        fulltext openendedresponse textoriginal reviewtext reviewtextpublished reviewbody
        reviewcontent reviewcomment reviewdescription text textdisplay body bodytext plainbody
        content contenttext commenttext commentbody review reviews comment comments tweet tweettext
        posttext post message messagetext messagebody selftext feedback feedbacktext verbatim
        verbatims openresponse answer answertext response responsetext testimonial opinion
        description caption sentence phrase utterance remark remarks note notes transcript
        chiefcomplaint
        kommentar kommentare rezension bewertungstext nachricht antwort
        beschreibung comentario comentarios comentário comentários
        texto mensaje mensagem
        reseña opinión respuesta resposta commentaire commentaires avis texte réponse
        recensione commento testo risposta opinia komentarz recenzja
        reactie отзыв комментарий
        текст 评论 评价 内容 レビュー コメント
    """,
    "title": """
        reviewtitle reviewheadline reviewsummary title headline heading subject ticketsubject
        summary titel überschrift betreff título titulo asunto
        assunto titre objet titolo
        oggetto заголовок 标题 タイトル
    """,
    "created_at": """
        createdutc dateunixtime createdat createdatutc createtime createdtime createdon createddate
        datecreated creationdate creationtime created publishedat publishedtime published
        publishedon publisheddate publishdate publicationdate datepublished pubdate postedat
        postedon posteddate posted dateposted postdate posttime submittedat submitdateandtime
        submitmillissinceepoch submitdate submittime submitted submissiondate submissiontime
        datesubmitted datereviewed reviewsubmitdateandtime reviewsubmitmillissinceepoch
        unixreviewtime reviewcreated reviewdate reviewtime tweetcreated tweetdate commentdate
        commenttime messagedate senton sentat datesent date datetime dateandtime dateofreview
        timestamp timestampcreated timestampms unixtime unixtimestamp epoch enddate
        completedat completiontime datecompleted recordeddate responsedate startdate
        starttime receivedat createdate
        datum zeitstempel erstelltam fecha fechayhora marcatemporal marcadetiempo datahora
        carimbodedatahora horodateur horodatage
        informazionicronologiche tijdstempel дата
        отметкавремени 日期 时间戳 日付 タイムスタンプ ~at ~time ~when ~day ~data
        ~updatedat ~updated
        ~updatetime ~dateupdated ~lastmodified ~reviewlastupdatedateandtime ~lastupdated ~indexedat
        ~modified ~ts ~tsms
    """,
    "id": """
        idstr reviewid commentid tweetid recommendationid id uuid guid messageid statusid
        postid objectid eventid clientmsgid responseid respondentid submissionid feedbackid
        answerid ticketid entryid
        recordid conversationid token # ~uri ~key
    """,
    "author": """
        author authorname authortitle authordisplayname username userdisplayname
        userscreenname screenname user reviewer reviewername reviewerdisplayname reviewernickname
        nickname handle profilename displayname personname guestname
        customer customername consumer consumername consumerdisplayname account poster sender
        sendername authorid userid reviewerid customerid consumeruserid consumerid requester
        requesterid steamid authoruserid autor auteur autore
        benutzer kunde usuario usuário
        cliente utilisateur nutzername автор 用户名 ユーザー名 ~name ~from
        ~by ~actor ~owner ~creator
    """,
    "url": """
        url link reviewlink reviewurl permalink permalinkurl weburl commenturl tweeturl
        posturl href pageurl sourceurl enlace ссылка 链接 ~uri
    """,
    "language": """
        language lang reviewerlanguage reviewlanguage userlanguage languagecode langcode langs
        locale detectedlanguage textlanguage sprache idioma langue lingua язык 语言 言語
    """,
    "channel": """
        channel channelname subreddit app appname packagename feed feedname hashtag forum
        board room community kanal canal
    """,
    "source": """
        source platform site quelle plataforma plateforme fuente
    """,
    "rating": """
        rating starrating reviewrating reviewstars stars star numstars overall overallrating
        ratingvalue fivestarratingpublished reviewscore userrating customerrating imrating
        nps npsscore npsrating csat
        csatscore satisfactionscore satisfactionrating sterne bewertung estrellas estrelas
        calificación avaliação étoiles valutazione stelle ocena
        оценка 评分 評価 ~score ~points
        ~grade ~nota ~note ~rate ~valoración
    """,
}
"""In order of precedence. After `~` are names that fit only if the values do, too."""
_TABLES = {
    field: {
        name.lstrip("~"): (name.startswith("~"), rank) for rank, name in enumerate(names.split())
    }
    for field, names in _LISTS.items()
}
_PREFIXES = ("reviews", "review", "comment", "tweet", "feedback", "response", "post", "status")
WRAPPERS = _set(
    """
    tweet status post comment comments review record data attributes snippet node object
    fields source commit toplevelcomment usercomment message item result document payload
    legacy attrs doc via after properties value ratings 0
    """
)
"""Objects inside a row that have the row's own fields, such as `tweet` in a Twitter archive."""
PEOPLE = _set(
    """
    user author account reviewer consumer customer from sender owner profile actor creator
    poster requester submitter authorchannelid
    """
)
"""Objects inside a row that are a person: their names name an author, and nothing else."""
VOTES = _set(
    """
    subreddit ups downs linkid upvotes downvotes numcomments descendants kids retweetcount
    viewcount answercount posttypeid votes votecount upvotecount downvotecount
    """
)
"""A file with one of these columns counts votes: its `score` is not a rating."""
GERMAN = _set(
    """
    datum zeitstempel kommentar kommentare bewertungstext rezension nachricht antwort
    beschreibung kunde benutzer betreff
    """
)
"""A file with one of these columns is in German: its `Note` may be a grade, of which 1 is best."""
_PERSONAL = _set(
    """
    ip ipaddress email mail phone telephone mobile fax address street postcode postal zip
    zipcode ssn passport iban birthday birthdate birth dob latitude longitude lat lon lng
    firstname lastname surname fullname password gender age recipient ipaddr handle nickname
    coord coords coordinate coordinates telefon telefonnummer adresse anschrift straße plz
    vorname nachname alter geschlecht geburtsdatum prénom téléphone courriel âge sexe
    correo teléfono dirección apellido apellidos edad sexo endereço telefone
    """
)
_TIME = _set(
    """
    date time datetime day month year created submitted published posted written submitdate
    datum zeit tag monat jahr fecha data dia heure jour at
    """
)
_OTHER_TIME = _set(
    """
    reply replied response due resolved closed updated update modified edited edit birth expiry
    expires expiration visit visited stay stayed travel travelled flight check arrival departure
    purchase purchased order ordered delivery delivered shipped joined registered signup renewal
    contract launch release released last first deleted read seen
    """
)
"""Words in names of times that are not those of the text."""
_PERSONS = _set(
    """
    person guest agent assignee contact owner employee member respondent client patient taster
    manager requester author reviewer customer user sender
    """
)
"""People: a column with their names has personal data."""
_ONLY_A_PERSON = (["agent"], ["assignee"], ["respondent"], ["sent", "by"], ["authors"])
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_OF_TABLE = re.compile(r"[^\[\]]*\[([^\[\]]+)\]")
"""A column of Power BI: `Reviews[Review Text]`."""
_ASIDE = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")


class Rank(NamedTuple):
    """How well a name fits: first by whether it fits only with its values, then by its depth."""

    is_weak: bool
    depth: int
    level: int
    place: int


@lru_cache(maxsize=65_536)
def key(name: str) -> str:
    """A column's name without case, spaces and punctuation; `#` stays."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold()) or name.strip()


def aside(name: str) -> str:
    """What stands in brackets at the end of a name, such as `UTC`; else empty."""
    match = _ASIDE.search(name)
    return match[1].strip() if match else ""


@lru_cache(maxsize=65_536)
def rank(field: str, name: str) -> Rank | None:
    """How well a name fits a field; less is better. None if it does not fit."""
    *parents, last = name.split(".") if "." in name else [name]
    whole = _plain_rank(field, name, len(parents))
    if not parents:
        return whole
    inner = [key(parent) for parent in parents]
    is_person = inner[-1] in PEOPLE
    outer = inner[:-1] if is_person else inner
    if (is_person and field != "author") or not all(one in WRAPPERS for one in outer):
        return whole
    ranks = whole, _plain_rank(field, last, len(parents))
    return min(filter(None, ranks), default=None)


def _plain_rank(field: str, name: str, depth: int) -> Rank | None:
    table = _TABLES[field]
    ranks = [
        Rank(table[one][0], depth, level, table[one][1])
        for level, one in _spellings(name)
        if one in table
    ]
    return min(ranks, default=None)


def _spellings(name: str) -> Iterator[tuple[int, str]]:
    """The keys of a name: whole, without brackets, and of its parts around ` - `.

    After them, at level 1, those without a prefix such as `review`.
    """
    if match := _OF_TABLE.fullmatch(name):
        name = match[1]
    bare = key(_ASIDE.sub("", name))
    yield 0, key(name)
    yield 0, bare
    yield from ((0, key(part)) for part in name.split(" - ")[1:])
    yield from ((0, key(part)) for part in name.split(" - ")[:-1])
    yield from ((1, bare.removeprefix(one)) for one in _PREFIXES if bare.startswith(one))


def matches(field: str, names: Iterable[str]) -> list[str]:
    """The names that fit a field, the best first."""
    ranked = [(found, name) for name in names if (found := rank(field, name))]
    return [name for _, name in sorted(ranked, key=lambda one: one[0])]


def is_weak(field: str, name: str) -> bool:
    """Whether a name fits a field only if its values do, too."""
    found = rank(field, name)
    return found is None or found.is_weak


def is_known(name: str) -> bool:
    """Whether a name is one of a text, title, time, id, author or address."""
    fields = ("text", "title", "created_at", "id", "author", "url")
    return any(rank(field, name) for field in fields)


@lru_cache(maxsize=4096)
def is_time(name: str) -> bool:
    """Whether a name speaks of a time, and not of that of something other than the text."""
    words = {word.casefold() for word in _WORD.findall(name)}
    return not _TIME.isdisjoint(words) and _OTHER_TIME.isdisjoint(words)


@lru_cache(maxsize=4096)
def is_personal(name: str) -> bool:
    """Whether a name is that of personal data, such as an IP or e-mail address."""
    words = [word.casefold() for word in _WORD.findall(name)]
    pairs = {first + second for first, second in pairwise(words)}
    is_name = "name" in words and not _PERSONS.isdisjoint(words)
    return is_name or words in _ONLY_A_PERSON or not _PERSONAL.isdisjoint([*words, *pairs])
