"""What the demo asks of the platform: four topics to listen for and one study."""

from datetime import datetime
from typing import Any

from deploy.demo.customers import YEAR
from deploy.demo.scene import HANOI


def topic_bodies() -> list[dict[str, Any]]:
    """Bodies of `POST /v1/topics`: the brand, its rival, a product and a theme."""
    return [
        {"name": "Mây Hiên", "kind": "brand", "any": ["mây hiên", "may hien", "mâyhiên", "mayhien"]},
        {"name": "Kho Bờ Rào", "kind": "competitor", "any": ["bờ rào", "bo rao"]},
        {"name": "Cà phê", "kind": "product", "any": ["cà phê", "ca phe", "cold brew", "robusta", "arabica"]},
        {"name": "Giao hàng", "kind": "theme", "any": ["giao", "shipper", "ship"], "none": ["giao diện"]},
    ]


def study_body(now: datetime) -> dict[str, Any]:
    """Body of `POST /v1/studies`: everyone who agreed to profiling, over the 12 months up to `now`."""
    here = now.astimezone(HANOI)
    return {
        "name": "Khách hàng Mây Hiên, 12 tháng",
        "objective": "Hiểu các nhóm khách của Mây Hiên để chăm sóc đúng nhu cầu và tăng số người quay lại mua.",
        "audience": {},
        "success_metric": {"kind": "repeat_purchase", "horizon_days": 90},
        "purpose": "profiling",
        "window": {"from": (here - YEAR).isoformat(), "to": here.isoformat()},
        "max_personas": 8,
    }
