"""Needs, basic and emotional: what people buy, what they speak of, how it makes them feel."""

from typing import Any

from services.persona.attributes.domain.attribute import Attribute, Words, orders, ratio, top

_RECOMMEND = ("nps", "recommend", "gioi_thieu")
_POLARITY = (("positive", 1), ("negative", -1))


def _polarity(t: Any) -> Any:
    return sum(weight * ((t.kind == "mention") & (t.category == label)).sum() for label, weight in _POLARITY)


ATTRIBUTES = (
    Attribute(
        "top_category", "needs", Words("Nhóm hàng chính", "Main category"), "category", ("item",),
        lambda t, w: top(t, "category"), table="facets", type="category", absent="unknown",
        high=Words("chủ yếu mua {label}", "mostly buys {label}"),
    ),
    Attribute(
        "category_focus", "needs", Words("Mức tập trung vào nhóm hàng chính", "Focus on the main category"),
        "share", ("item",),
        lambda t, w: t.share.max(where=t.facet == "category"), table="facets", type="share", absent="unknown",
        high=Words("tập trung vào một nhóm hàng", "keeps to one category"),
        low=Words("mua nhiều nhóm hàng", "buys across categories"),
    ),
    Attribute(
        "basket_size", "needs", Words("Số món mỗi đơn", "Items per order"), "count", ("item", "transaction"),
        lambda t, w: ratio(t.quantity.sum(where=t.kind == "item"), orders(t)),
        high=Words("mua nhiều món mỗi lần", "buys many items at once"),
        low=Words("mua ít món mỗi lần", "buys few items at once"), log=True, absent="unknown",
    ),
    Attribute(
        "top_aspect", "needs", Words("Điều được nhắc đến nhiều nhất", "What they speak of most"), "category",
        ("aspect",),
        lambda t, w: top(t, "aspect"), table="facets", type="category", absent="unknown", feature=False,
        high=Words("quan tâm nhất đến {label}", "cares most about {label}"),
    ),
    Attribute(
        "rating", "needs", Words("Điểm đánh giá trung bình", "Average rating given"), "points",
        ("feedback", "interview"),
        lambda t, w: t.number.mean(where=t.kind.isin(("feedback", "interview"))),
        high=Words("hài lòng", "is satisfied"), low=Words("chưa hài lòng", "is not satisfied"), absent="unknown",
    ),
    Attribute(
        "recommendation", "needs", Words("Mức sẵn lòng giới thiệu", "Willingness to recommend"), "points",
        ("answer",),
        lambda t, w: t.number.mean(where=(t.kind == "answer") & t.name.lower().isin(_RECOMMEND)),
        high=Words("sẵn lòng giới thiệu", "would recommend"),
        low=Words("không muốn giới thiệu", "would not recommend"), absent="unknown",
    ),
    Attribute(
        "sentiment", "needs", Words("Cảm xúc khi nói về thương hiệu", "Feeling when speaking of the brand"),
        "-1..1", ("mention",),
        lambda t, w: ratio(_polarity(t), ((t.kind == "mention") & t.category.notnull()).sum()),
        high=Words("nói về thương hiệu tích cực", "speaks well of the brand"),
        low=Words("nói về thương hiệu tiêu cực", "speaks ill of the brand"), absent="unknown",
    ),
)  # fmt: skip
