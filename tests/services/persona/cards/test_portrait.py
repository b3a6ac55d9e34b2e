"""Names, faces, quotes, identity over versions, audits and checks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from kernel.ids import new_id
from services.persona.cards.domain import mistakes
from services.persona.cards.domain.components import People
from services.persona.cards.domain.face import face_of
from services.persona.cards.domain.fairness import audits, distribution, selection, traits_of
from services.persona.cards.domain.history import changes_between
from services.persona.cards.domain.lineage import lineage
from services.persona.cards.domain.quotes import Quote, pick_quotes
from services.persona.cards.domain.words import name_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PERSONA = new_id()


def test_a_face_is_the_same_for_ever_and_is_sound_svg() -> None:
    face = face_of(PERSONA, 'Chị Mai, "săn" <ưu đãi> & hơn')
    assert face == face_of(PERSONA, 'Chị Mai, "săn" <ưu đãi> & hơn')
    root = ET.fromstring(face)  # noqa: S314 - made by us
    assert root.findtext("{http://www.w3.org/2000/svg}title") == 'Chị Mai, "săn" <ưu đãi> & hơn'
    assert len({face_of(new_id(), "x") for _ in range(40)}) > 10


def test_hair_is_grey_only_where_the_data_says_so() -> None:
    assert "#a9a6a1" not in face_of(PERSONA, "x")
    assert "#a9a6a1" in face_of(PERSONA, "x", old=True)


def test_a_name_is_nobodys_elses_and_has_a_title_only_with_a_majority() -> None:
    free = name_of(PERSONA, None, [], set()).name
    assert name_of(PERSONA, None, [], {free.split(",")[0]}).name != free
    assert name_of(PERSONA, "female", [], set()).name.startswith("Chị ")
    assert not free.startswith(("Chị", "Anh "))


def test_a_persona_keeps_its_id_where_it_keeps_its_people() -> None:
    people = [str(number) for number in range(10)]
    before = dict.fromkeys(people[:5], "old-a") | dict.fromkeys(people[5:], "old-b")
    assert lineage(people, [1] * 5 + [0] * 5, before, ["new-0", "new-1"]) == {0: "old-b", 1: "old-a"}
    assert lineage(people, [0] * 5 + [-1] * 5, {}, ["new-0"]) == {0: "new-0"}
    split = lineage(people, [0, 0, 0, 1, 1, 2, 2, 2, 2, 2], before, ["n0", "n1", "n2"])
    assert split == {0: "old-a", 1: "n1", 2: "old-b"}


def test_a_few_fitting_quotes_are_picked_and_no_text_twice() -> None:
    offered = [Quote(str(n), f"Tôi rất thích cửa hàng này, lần {n}.", "s") for n in range(9)]
    offered += [Quote("x", offered[0].text.upper(), "s"), Quote("y", "Ngắn", "s"), Quote("z", "d" * 500, "s")]
    picked = pick_quotes(offered, PERSONA)
    assert len(picked) == 3
    assert (
        picked == pick_quotes(reversed(offered[:9]), PERSONA) or len({q.text.casefold() for q in picked}) == 3
    )
    assert not {"y", "z"} & {quote.person for quote in picked}


def people_of(genders: list[str | None], groups: list[int]) -> People:
    """People of whom only the gender is known."""
    count = len(groups)
    columns: dict[str, Any] = {"trait_gender": np.array(genders, dtype=object), "contacts": np.full(count, 5)}
    return People({**columns, "trait_birth_year": np.full(count, 1990.0)}, np.array(groups))


def test_groups_that_follow_a_protected_trait_are_found_out() -> None:
    people = people_of(["female"] * 50 + ["male"] * 50, [0] * 50 + [1] * 50)
    found = {audit["attribute"]: audit["cramers_v"] for audit in audits(people, traits_of(people, 2026))}
    assert found["gender"] > 0.9
    assert mistakes.unfair_criteria(found["gender"]).status == "red"
    assert mistakes.unfair_criteria(0.05).status == "green"


def test_the_share_of_each_trait_that_a_group_takes_in_is_told_where_it_may_be() -> None:
    genders: list[str | None] = ["female"] * 40 + ["male"] * 40 + ["female"] * 10 + ["male"] * 40
    people = people_of(genders, [0] * 80 + [1] * 50)
    cells = distribution(genders, people.group, 0, 10)
    found = selection(genders, people, 0, cells)
    assert found == {"rates": {"female": 0.8, "male": 0.5}, "ratio": 0.625, "difference": 0.3}
    assert selection(genders, people, 0, cells[:1]) is None


def test_small_cells_of_a_distribution_are_hidden_with_one_more() -> None:
    people = people_of(["female"] * 40 + ["male"] * 20 + ["other"] * 4, [0] * 64)
    cells = distribution(traits_of(people, 2026)["gender"], people.group, 0, 10)
    assert [(cell["group"], cell["n"]) for cell in cells] == [("female", 40), ("male", None), ("other", None)]


@pytest.mark.parametrize(("days", "status"), [(1, "green"), (90, "green"), (91, "red")])
def test_a_persona_is_up_to_date_for_ninety_days(days: int, status: str) -> None:
    then = NOW - timedelta(days=days)
    assert mistakes.not_updated(NOW, then, NOW).status == status


def test_the_other_mistakes_are_red_where_they_should_be() -> None:
    assert mistakes.too_little_interaction(2).status == "red"
    assert mistakes.too_little_interaction(3).status == "green"
    assert mistakes.unprofessional_method("rfm", None).status == "red"
    assert mistakes.unprofessional_method("kmeans", 0.7).status == "red"
    assert mistakes.unprofessional_method("kmeans", 0.8).status == "green"
    assert mistakes.no_objective("", "churn").status == "red"


def card(value: float | str | None, interval: tuple[float, float] | None) -> dict[str, Any]:
    """A card of one attribute."""
    return {"components": {"needs": [{"key": "a", "label": "A", "value": value, "interval": interval}]}}


def test_a_change_is_what_the_intervals_do_not_both_allow() -> None:
    assert changes_between(card(1.0, (0.8, 1.2)), card(1.1, (0.9, 1.3))) == []
    assert changes_between(card(1.0, (0.8, 1.2)), card(2.0, (1.8, 2.2)))[0]["to"] == 2.0
    assert changes_between(card("sách", (0.5, 0.6)), card("bút", (0.5, 0.6)))[0]["from"] == "sách"
    assert changes_between(card(None, None), card(2.0, (1.8, 2.2))) == []
