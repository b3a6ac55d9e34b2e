"""Connections: the social network and personal relations that show in what people do."""

from services.persona.attributes.domain.attribute import Attribute, Words, count, top

ATTRIBUTES = (
    Attribute(
        "referrals", "connections", Words("Số lượt giới thiệu", "Referrals made"), "count", ("referral",),
        lambda t, w: count(t, "referral"),
        high=Words("hay giới thiệu bạn bè", "refers friends"), log=True,
    ),
    Attribute(
        "attendance", "connections", Words("Số lần dự sự kiện", "Events attended"), "count", ("attendance",),
        lambda t, w: count(t, "attendance"),
        high=Words("hay tham dự sự kiện", "comes to events"), log=True,
    ),
    Attribute(
        "mentions", "connections", Words("Số lần lên tiếng", "Texts and mentions"), "count", ("mention",),
        lambda t, w: count(t, "mention"),
        high=Words("hay lên tiếng", "speaks up often"), log=True,
    ),
    Attribute(
        "channels", "connections", Words("Số kênh sử dụng", "Channels used"), "count", ("any",),
        lambda t, w: t.channel.nunique(),
        high=Words("dùng nhiều kênh", "uses many channels"), low=Words("chỉ dùng một kênh", "keeps to one channel"),
    ),
    Attribute(
        "top_channel", "connections", Words("Kênh chính", "Main channel"), "category", ("any",),
        lambda t, w: top(t, "channel"), table="facets", type="category", absent="unknown", feature=False,
        high=Words("gặp nhiều nhất qua kênh {label}", "is met mostly on the {label} channel"),
    ),
)  # fmt: skip
