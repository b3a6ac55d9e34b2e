"""Risk: what may go wrong for the customer (and with them for the business), with guidance for each."""

from services.persona.attributes.domain.attribute import (
    DAY_S,
    Attribute,
    Words,
    count,
    last,
    mean_gap_days,
    money,
    orders,
    ratio,
)

_LATE_S = 90 * DAY_S

ATTRIBUTES = (
    Attribute(
        "recency_days", "risk", Words("Số ngày kể từ lần cuối", "Days since last contact"), "days", ("any",),
        lambda t, w: (w.end_s - last(t)) / DAY_S, log=True, absent="unknown",
        high=Words("đã lâu không quay lại", "has been away for long"), low=Words("vừa mới ghé", "was here recently"),
        guidance=Words(
            "Hỏi thăm lý do vắng mặt trước khi gửi ưu đãi; tôn trọng người không muốn liên lạc.",
            "Ask why they stayed away before sending offers; respect those who want no contact.",
        ),
    ),
    Attribute(
        "overdue", "risk", Words("Mức trễ so với nhịp mua", "Time since last order against the usual gap"), "ratio",
        ("transaction",),
        lambda t, w: ratio((w.end_s - last(t, "transaction")) / DAY_S, mean_gap_days(t)),
        log=True, absent="unknown", feature=False,
        high=Words("trễ hơn nhịp mua thường ngày", "is overdue against their own rhythm"),
        low=Words("mua đúng nhịp", "buys in rhythm"),
        guidance=Words(
            "Nhắc nhẹ một lần quanh nhịp mua của họ; không dồn dập.",
            "Remind once around their own rhythm; do not press.",
        ),
    ),
    Attribute(
        "return_rate", "risk", Words("Tỷ lệ trả hàng", "Returns per order"), "share", ("return", "transaction"),
        lambda t, w: ratio(count(t, "return"), orders(t)), type="share", absent="unknown",
        high=Words("hay trả hàng", "returns goods often"),
        guidance=Words(
            "Tìm nguyên nhân trả hàng (kích cỡ, mô tả, chất lượng) và sửa trước khi bán thêm.",
            "Find why goods come back (size, description, quality) and mend that before selling more.",
        ),
    ),
    Attribute(
        "dissatisfaction", "risk", Words("Tỷ lệ ý kiến tiêu cực", "Share of negative opinions"), "share",
        ("mention", "feedback"),
        lambda t, w: ratio(
            ((t.kind == "mention") & (t.category == "negative")).sum()
            + ((t.kind == "feedback") & (t.number <= 2)).sum(),
            ((t.kind == "mention") & t.category.notnull()).sum()
            + ((t.kind == "feedback") & t.number.notnull()).sum(),
        ),
        type="share", absent="unknown", feature=False,
        high=Words("hay phàn nàn", "complains often"),
        guidance=Words(
            "Gọi lại trong 24 giờ, xin lỗi và báo cách khắc phục.",
            "Call back within a day, apologise and say how it will be put right.",
        ),
    ),
    Attribute(
        "spend_surge", "risk", Words("Tỷ trọng chi tiêu 90 ngày cuối", "Spend of the last 90 days"), "share",
        ("transaction",),
        lambda t, w: ratio(
            t.amount.sum(
                where=(t.kind == "transaction") & (t.currency == w.currency) & (t.occurred_s >= w.end_s - _LATE_S)
            ).coalesce(0),
            money(t, w),
        ),
        type="share", absent="unknown", feature=False,
        high=Words("chi tiêu tăng nhanh gần đây", "spends much more lately"),
        guidance=Words(
            "Không đẩy bán trả góp; gợi ý mức chi phù hợp và chính sách đổi trả.",
            "Do not push credit; suggest a fitting budget and explain returns.",
        ),
    ),
)  # fmt: skip
