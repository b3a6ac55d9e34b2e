"""Near-copies and bursts are found; people who happen to agree are not."""

import random

from services.social.insights.domain.copies import Said, bursts, near_copies
from services.social.training.domain.corpus import corpus
from tests.services.social.running import Social, mention

TEMPLATE = "Mình dùng kem này {} tuần da sáng hẳn lên, trộm vía hợp lắm, ai cần thì qua shop lấy giá tốt nha"


def test_a_template_with_other_numbers_and_typing_is_one_cluster() -> None:
    copies = [Said(f"t{n}", f"a{n}", TEMPLATE.format(n) + "!" * n, n) for n in range(6)]
    bare = Said(
        "t9",
        "a9",
        "minh dung kem nay hai tuan da sang han len, trom via hop lam, ai can thi qua shop lay gia tot nha",
        9,
    )
    others = [Said(f"o{n}", None, one.text, n) for n, one in enumerate(corpus(300, seed=3))]
    random.Random(1).shuffle(others)  # noqa: S311 - reproducible
    clusters = near_copies([*others, *copies, bare])
    (cluster,) = [one for one in clusters if any(member.mention_id == "t0" for member in one.members)]
    assert {member.mention_id for member in cluster.members} == {*(f"t{n}" for n in range(6)), "t9"}
    assert cluster.authors == 7


def test_short_texts_and_pairs_are_no_campaign() -> None:
    assert near_copies([Said(f"s{n}", None, "giao hàng nhanh", n) for n in range(50)]) == []
    assert near_copies([Said(f"s{n}", None, TEMPLATE, n) for n in range(2)]) == []


def test_five_mentions_in_an_hour_are_a_burst() -> None:
    said = [Said(f"b{n}", "busy", "x", 1_000_000 + n * 600_000) for n in range(6)]
    calm = [Said(f"c{n}", "calm", "x", n * 3_600_001) for n in range(20)]
    assert [(burst.author, burst.n) for burst in bursts([*said, *calm])] == [("busy", 6)]


async def test_the_door_tells_both(social: Social) -> None:
    await social.send(*[mention(f"m{n}", TEMPLATE.format(n)) for n in range(5)])
    await social.settled()
    told = await social.get("/v1/social/seeding?from=2026-11-20&to=2026-11-20")
    assert (told["looked_at"], told["copies"][0]["n"], told["copies"][0]["identical"]) == (5, 5, 5)
    assert told["bursts"][0]["n"] == 5
