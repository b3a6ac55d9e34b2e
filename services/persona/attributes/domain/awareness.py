"""Awareness: behaviour, psychology and the value a customer brings."""

from services.persona.attributes.domain.attribute import (
    DAY_S,
    Attribute,
    Words,
    count,
    first,
    money,
    orders,
    ratio,
)

_CONTACTS = ("transaction", "interaction", "attendance", "feedback", "interview", "referral")
_VIETNAM_S = 7 * 3600

ATTRIBUTES = (
    Attribute(
        "orders", "awareness", Words("Số đơn hàng", "Orders"), "count", ("transaction",),
        lambda t, w: orders(t),
        high=Words("mua rất thường xuyên", "buys very often"), low=Words("mua ít", "buys rarely"), log=True,
    ),
    Attribute(
        "spend", "awareness", Words("Tổng chi tiêu", "Total spend"), "VND", ("transaction",),
        money,
        high=Words("chi tiêu nhiều", "spends a lot"), low=Words("chi tiêu ít", "spends little"), log=True,
    ),
    Attribute(
        "average_order", "awareness", Words("Giá trị trung bình mỗi đơn", "Average order value"), "VND",
        ("transaction",),
        lambda t, w: ratio(money(t, w), orders(t)),
        high=Words("đơn hàng giá trị cao", "places large orders"),
        low=Words("đơn hàng nhỏ", "places small orders"), log=True, absent="unknown",
    ),
    Attribute(
        "interactions", "awareness", Words("Lượt tương tác", "Interactions"), "count", ("interaction",),
        lambda t, w: count(t, "interaction"),
        high=Words("tương tác nhiều trên kênh số", "interacts a lot online"),
        low=Words("ít tương tác trực tuyến", "rarely interacts online"), log=True,
    ),
    Attribute(
        "active_days", "awareness", Words("Số ngày có hoạt động", "Active days"), "days", _CONTACTS,
        lambda t, w: ((t.occurred_s + _VIETNAM_S) // DAY_S).nunique(where=t.kind.isin(_CONTACTS)),
        high=Words("hoạt động nhiều ngày", "is active on many days"),
        low=Words("chỉ hoạt động vài ngày", "is active on few days"), log=True,
    ),
    Attribute(
        "tenure_days", "awareness", Words("Thời gian gắn bó", "Days since first contact"), "days", _CONTACTS,
        lambda t, w: (w.end_s - first(t)) / DAY_S,
        high=Words("khách hàng lâu năm", "has been a customer for long"),
        low=Words("khách hàng mới", "is a new customer"), absent="unknown",
    ),
    Attribute(
        "evening_share", "awareness", Words("Tỷ lệ hoạt động buổi tối (18–24 giờ)", "Activity from 18 to 24 h"),
        "share", _CONTACTS,
        lambda t, w: ratio((t.kind.isin(_CONTACTS) & (t.local_hour >= 18)).sum(), count(t, *_CONTACTS)),
        high=Words("hay hoạt động buổi tối", "is active in the evening"),
        low=Words("hoạt động ban ngày", "is active by day"), type="share", absent="unknown",
    ),
    Attribute(
        "weekend_share", "awareness", Words("Tỷ lệ hoạt động cuối tuần", "Activity at weekends"), "share",
        _CONTACTS,
        lambda t, w: ratio(  # 1970-01-01 was a Thursday: days 2 and 3 of its week are the weekend
            (t.kind.isin(_CONTACTS) & ((t.occurred_s + _VIETNAM_S) // DAY_S % 7).isin((2, 3))).sum(),
            count(t, *_CONTACTS),
        ),
        high=Words("hay mua cuối tuần", "is active at weekends"),
        low=Words("hoạt động trong tuần", "is active on weekdays"), type="share", absent="unknown",
    ),
)  # fmt: skip
