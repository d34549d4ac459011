"""Puts the built Lab extension into wheels and sdists, and builds it first where the sources are newer."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_WITHOUT = (
    "The package is installed without its JupyterLab extension: {reason}. Magics, panels and the command "
    "line work. Later: python labextension/build.py --link"
)


class LabExtensionHook(BuildHookInterface):
    """Build the extension, or take the built one: an sdist has it, and a checkout once it was built.

    ``JUPYTER_AGILAB_LAB=skip`` leaves it out. An editable install without Node goes on without it and says
    so; a wheel or an sdist would be incomplete, so that it fails.
    """

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Give what building needs: nothing where the bundle is there, a Node where there is none."""
        made = self._build_script()
        if self._is_skipped() or self._is_there(made):
            return []
        needed = ["jupyter-builder>=1.2,<2"]
        return needed if made.node_folder() else [*needed, made.NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and tell hatchling where the bundle goes."""
        if self._is_skipped():
            return
        made = self._build_script()
        if not self._is_there(made):
            try:
                made.build()
            except made.BuildError as error:
                if version != "editable":
                    raise
                self.app.display_warning(_WITHOUT.format(reason=error))
                return
        if self.target_name == "wheel":
            place = f"share/jupyter/labextensions/{made.NAME}"
            build_data["shared_data"]["jupyter_agilab/labextension"] = place
        else:
            build_data["artifacts"].append("/jupyter_agilab/labextension")

    def _is_there(self, made: Any) -> bool:
        """Whether nothing is to be built; what an sdist brings is taken as it is."""
        from_sdist = (Path(self.root) / "PKG-INFO").is_file() and (made.BUILT / "package.json").is_file()
        return from_sdist or made.is_fresh()

    def _is_skipped(self) -> bool:
        return os.environ.get("JUPYTER_AGILAB_LAB") == "skip"

    def _build_script(self) -> Any:
        path = Path(self.root) / "labextension" / "build.py"
        spec = importlib.util.spec_from_file_location("build_lab_extension", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
