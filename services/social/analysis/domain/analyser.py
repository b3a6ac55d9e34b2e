"""From texts to analyses."""

import re
from collections.abc import Sequence

from kernel.privacy.redaction import redact
from services.social.analysis.domain.aspects import find_aspects
from services.social.analysis.domain.findings import Analysis, PiiFinding
from services.social.analysis.domain.languages import language
from services.social.analysis.domain.lexicon import Lexicon, lexicon
from services.social.analysis.domain.opinions import opinions
from services.social.analysis.domain.reading import read
from services.social.analysis.domain.sentiment import judge
from services.social.analysis.domain.signals import asks, feel, judge_spam, want

MODEL = "lexicon-1"
# Personal data is looked for in the whole text; the rest is judged by its beginning, so that time is bounded.
READ_CHARS = 20_000
# What redaction leaves of a way to reach somebody, here or before the text came here.
_CONTACT = re.compile(r"\[(?:phone|email|url)\]")


def analyse(texts: Sequence[str]) -> list[Analysis]:
    """Analyse texts, in order, one answer each; the same text always gets the same answer.

    Personal data is redacted first: every passage in an answer is a passage of `redacted`. Never raises for any
    text: an empty one, one of another language or a megabyte of noise gets an abstention. Lone surrogates are
    replaced by U+FFFD, so that an answer can always be encoded as UTF-8.
    """
    words = lexicon()
    return [_analyse(_encodable(text), words) for text in texts]


def _analyse(text: str, words: Lexicon) -> Analysis:
    clean = redact(text)
    head = clean.text[:READ_CHARS]
    found = read(head, words)
    said = opinions(found, words.links)
    sentiment = judge(said, asks(found))
    return Analysis(
        lang=language(head, found, words),
        sentiment=sentiment,
        emotion=feel(found),
        intents=want(found, sentiment),
        aspects=find_aspects(head, found, said),
        spam=judge_spam(head, found, len(_CONTACT.findall(clean.text))),
        pii=[PiiFinding(kind, start, end) for kind, start, end in clean.found],
        redacted=clean.text,
        model=MODEL,
    )


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text
