"""Thinking: ability and mindset, that is, how people decide."""

from typing import Any

from services.persona.attributes.domain.attribute import (
    Attribute,
    Window,
    Words,
    count,
    mean_gap_days,
    money,
    orders,
    ratio,
    top,
)


def _discounts(t: Any, w: Window) -> Any:
    return t.number.sum(where=(t.kind == "transaction") & (t.currency == w.currency)).coalesce(0)


ATTRIBUTES = (
    Attribute(
        "discount_share", "thinking", Words("Tỷ lệ đơn có giảm giá", "Orders with a discount"), "share",
        ("transaction",),
        lambda t, w: ratio(((t.kind == "transaction") & (t.number > 0)).sum(), orders(t)),
        high=Words("săn ưu đãi", "hunts for discounts"),
        low=Words("ít quan tâm giảm giá", "cares little about discounts"), type="share", absent="unknown",
    ),
    Attribute(
        "discount_depth", "thinking", Words("Mức giảm giá được hưởng", "Depth of discounts taken"), "share",
        ("transaction",),
        lambda t, w: ratio(_discounts(t, w), money(t, w) + _discounts(t, w)),
        high=Words("chỉ mua khi giảm sâu", "buys at deep discounts"),
        low=Words("mua nguyên giá", "buys at full price"), type="share", absent="unknown",
    ),
    Attribute(
        "novelty", "thinking", Words("Tỷ lệ sản phẩm mới thử", "Share of products not bought before"), "share",
        ("item",),
        lambda t, w: ratio(t.name.nunique(where=t.kind == "item"), count(t, "item")),
        high=Words("thích thử sản phẩm mới", "likes to try new products"),
        low=Words("trung thành với sản phẩm quen", "keeps to known products"), type="share", absent="unknown",
    ),
    Attribute(
        "order_gap_days", "thinking", Words("Số ngày giữa hai đơn", "Days between orders"), "days",
        ("transaction",),
        lambda t, w: mean_gap_days(t),
        high=Words("mua cách quãng dài", "buys at long intervals"),
        low=Words("mua đều đặn", "buys at short intervals"), log=True, absent="unknown",
    ),
    Attribute(
        "deliberation", "thinking", Words("Lượt xem trước mỗi đơn", "Interactions per order"), "count",
        ("interaction", "transaction"),
        lambda t, w: ratio(count(t, "interaction"), orders(t)),
        high=Words("cân nhắc kỹ trước khi mua", "looks around before buying"),
        low=Words("quyết định nhanh", "decides quickly"), log=True, absent="unknown",
    ),
    Attribute(
        "payment_habit", "thinking", Words("Cách thanh toán quen dùng", "Usual payment method"), "category",
        ("transaction",),
        lambda t, w: top(t, "payment"), table="facets", type="category", absent="unknown",
        high=Words("thường trả bằng {label}", "usually pays by {label}"),
    ),
)  # fmt: skip
