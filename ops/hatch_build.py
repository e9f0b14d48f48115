"""What goes into the wheel beside the code: the default configuration and the built app."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryData(BuildHookInterface[Any]):
    """Puts config/ and pwa/dist under server/_data, where server/resources.py looks for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files for the wheel. Without the app it would serve no page: that ends it."""
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / "pwa" / "dist" / "index.html").is_file():
            raise SystemExit("The app is not built. Make it with ops/test build, then try again.")
        build_data["force_include"] = {
            str(file): f"server/_data/{name}/{file.relative_to(folder)}"
            for name, folder in (("config", root / "config"), ("pwa", root / "pwa" / "dist"))
            for file in self._files(folder)
        }

    def _files(self, folder: Path) -> list[Path]:
        """The files below it, but for our stamp and a person's own settings."""
        return [
            file
            for file in sorted(folder.rglob("*"))
            if file.is_file() and not file.name.startswith(".") and file.name != "local.yaml"
        ]
