"""Where the files that travel with the program are: its default configuration, the built app."""

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_IN_WHEEL: Final = _PACKAGE / "_data"
_IN_CHECKOUT: Final = {"config": Path("config"), "pwa": Path("pwa", "dist")}


def resource(name: str) -> Path:
    """The file or folder called `name`, such as `config/default.yaml` or `pwa/index.html`.

    The first part is `config` or `pwa`; another one raises ValueError. An installed wheel carries
    both inside the package, a checkout has them at its root. The path is absolute; that it exists
    is not promised: the app may not have been built yet.
    """
    top, *rest = Path(name).parts or ("",)
    if top not in _IN_CHECKOUT or ".." in rest:
        raise ValueError(f"no such resource: {name!r}; one begins with config/ or pwa/")
    if _IN_WHEEL.is_dir():
        return _IN_WHEEL.joinpath(top, *rest)
    return _PACKAGE.parent.joinpath(_IN_CHECKOUT[top], *rest)
