"""How a text looks: one step of each measure, whatever is typed."""

from hypothesis import given
from hypothesis import strategies as st

from services.social.analysis.domain.shapes import _MOST, NAMES, WEIGHT, shapes


@given(st.text(max_size=500))
def test_each_measure_has_one_step(text: str) -> None:
    told = shapes(text)
    assert len(told) == len(NAMES)
    assert sorted(set(told)) == [0.0, WEIGHT]
    assert sum(number > 0 for number in told) == len(_MOST)


def test_what_is_typed_to_fill_a_form_looks_different() -> None:
    def steps(text: str) -> set[str]:
        return {name for name, number in zip(NAMES, shapes(text), strict=True) if number}

    assert "shape variety 10" in steps("máy chạy êm và pin dùng được hai ngày")
    assert "shape variety 1" in steps("đẹp đẹp đẹp đẹp đẹp đẹp đẹp đẹp")
    assert "shape capitals 10" in steps("ABC")
    assert "shape lines 5" in steps("\n" * 9)
