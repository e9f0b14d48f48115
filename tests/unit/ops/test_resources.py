"""The files that travel with the program, as a checkout has them."""

import pytest

from server.resources import resource
from tests.unit.ops.checkout import REPOSITORY


def test_a_checkout_has_them_at_its_root() -> None:
    """Without a wheel the configuration is config/, and the app is what pwa/ built."""
    assert resource("config/default.yaml") == REPOSITORY / "config/default.yaml"
    assert resource("pwa/assets/app.js") == REPOSITORY / "pwa/dist/assets/app.js"
    assert resource("pwa") == REPOSITORY / "pwa/dist"


@pytest.mark.parametrize("name", ["", "server/app.py", "/etc/passwd", "config/../server/app.py"])
def test_nothing_else_is_a_resource(name: str) -> None:
    """A name that leaves the two folders is refused."""
    with pytest.raises(ValueError, match="no such resource"):
        resource(name)
