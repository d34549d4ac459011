"""The view in JupyterLab is the panel's own: the same files, joined in the same order."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from jupyter_agilab.panel.widgets.view_files import css_text, esm_text

SCRIPT = Path(__file__).parents[3] / "labextension" / "scripts" / "join-view.mjs"


def test_the_bundle_has_the_panels_view(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    # it writes beside itself
    copy = tmp_path / "scripts" / SCRIPT.name
    copy.parent.mkdir()
    copy.write_text(SCRIPT.read_text("utf-8"), "utf-8")
    widgets = SCRIPT.parents[2] / "jupyter_agilab" / "panel" / "widgets"
    subprocess.run([node, copy], env={"AGILAB_PANEL_WIDGETS": str(widgets)}, check=True, timeout=60)
    made = tmp_path / "lib" / "view"
    assert (made / "panelView.js").read_text("utf-8") == esm_text()
    assert (made / "panelView.css").read_text("utf-8") == css_text()
