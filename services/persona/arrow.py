"""pyarrow without pandas, which nobody here uses."""

import sys
from functools import cache
from typing import Any


@cache
def arrow() -> Any:
    """The module pyarrow, imported so that it does not import pandas with it.

    At the first array made of a list it would, only to ask whether the list is one of pandas' frames; that costs a
    second and 70 MB. It asks once a process: here, while there is no pandas to be found.
    """
    import pyarrow as pa

    hiding = _Hiding()
    sys.meta_path.insert(0, hiding)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(hiding)
    return pa


class _Hiding:
    """An import finder that says there is no pandas."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raises ImportError for pandas; leaves the rest to the other finders."""
        if name == "pandas":
            raise ImportError(name)
