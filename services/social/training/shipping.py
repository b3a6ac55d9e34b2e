"""Makes the model that ships, from the project's own corpus: `python -m services.social.training.shipping`."""

from services.social.analysis.domain.analyser import SHIPPED
from services.social.analysis.domain.linear import About
from services.social.training.domain.corpus import corpus, seeds
from services.social.training.fitting import HEADS, train

NAME = "chandung-vi-1"


def ship() -> About:
    """Train and write the shipped model; aspects stay with the lexicon, which shows the words that say it."""
    heads = [head for head in HEADS if head != "aspects"]
    return train(corpus(), SHIPPED, name=NAME, calibration=seeds(), heads=heads)


if __name__ == "__main__":
    ship()
