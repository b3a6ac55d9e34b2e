"""Segment's "Order Completed" (ecommerce spec, v2) as the payload of a transaction."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from services.ingest.tracking.domain.person import text_of

ORDER_COMPLETED: Final = "order completed"

_LARGEST: Final = 2**53
_WHOLE: Final = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THOUSANDTHS: Final = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
"""Currencies without and with three decimals (ISO 4217); all others have two."""


def is_order(event: str | None) -> bool:
    """Whether a track event tells of a purchase."""
    return event is not None and event.strip().lower() == ORDER_COMPLETED


def order_of(properties: dict[str, Any]) -> dict[str, Any]:
    """An order with amounts in minor units; what is no amount is left out (the properties stay sealed whole).

    Without a currency the amounts stay as they are. `total` includes shipping and tax and comes before `revenue`;
    without either it is what the items come to, less the discount.
    """
    currency = text_of(properties.get("currency")).upper()
    scale = _scale(currency)
    products = properties.get("products")
    items = (
        [_item(one, scale) for one in products if isinstance(one, dict)] if isinstance(products, list) else []
    )
    order: dict[str, Any] = {"items": items}
    if number := text_of(properties.get("order_id")) or text_of(properties.get("orderId")):
        order["order_id"] = number
    if currency:
        order["currency"] = currency
    discount = _amount(properties.get("discount"), scale)
    if discount is not None:
        order["discount"] = discount
    total = _first(properties, ("total", "revenue", "value"), scale)
    if total is None and items:
        total = _sum(items, discount or 0)
    if total is not None:
        order["total"] = total
    if method := text_of(properties.get("payment_method")) or text_of(properties.get("paymentMethod")):
        order["payment_method"] = method
    return order


def _item(product: dict[str, Any], scale: int) -> dict[str, Any]:
    item: dict[str, Any] = {}
    if sku := text_of(product.get("sku")) or text_of(product.get("product_id")) or text_of(product.get("id")):
        item["sku"] = sku
    for name in ("name", "category"):
        if text := text_of(product.get(name)):
            item[name] = text
    quantity = _amount(product.get("quantity"), 0, whole=False)
    item["quantity"] = 1 if quantity is None else quantity
    price = _amount(product.get("price"), scale)
    if price is not None:
        item["unit_price"] = price
    return item


def _sum(items: list[dict[str, Any]], discount: int | float) -> int | None:
    if any("unit_price" not in item for item in items):
        return None
    total = sum(item["unit_price"] * item["quantity"] for item in items) - discount
    return round(total) if abs(total) <= _LARGEST else None


def _first(properties: dict[str, Any], names: tuple[str, ...], scale: int) -> int | float | None:
    return next(
        (found for name in names if (found := _amount(properties.get(name), scale)) is not None), None
    )


def _scale(currency: str) -> int:
    if not currency or currency in _WHOLE:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


def _amount(value: Any, scale: int, *, whole: bool = True) -> int | float | None:
    """An amount in minor units (or, not `whole`, a number as it is); None for what is no number of a sane size."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip()).scaleb(scale)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > _LARGEST:
        return None
    if whole or number == number.to_integral_value():
        return int(number.to_integral_value())
    return float(number)
