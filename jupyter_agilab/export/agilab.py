"""Export to AGILAB: three snippets in ``agilab/``, and a row of ``lab_stages.toml``."""

from __future__ import annotations

import re

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.errors import OutputError, UsageError
from jupyter_agilab.export.asked import Asked, Exported
from jupyter_agilab.export.lab_stages import FILE, put_row, row_of
from jupyter_agilab.export.settings import export_settings
from jupyter_agilab.export.snippets import snippets
from jupyter_agilab.export.stale import FOLDER
from jupyter_agilab.run.clusters.model import AddressPlace, GatewayPlace, SlurmPlace, SshPlace
from jupyter_agilab.run.compiled import is_compiled

_NOT_IN_A_NAME = re.compile(r"\W+", re.ASCII)


def write_agilab(asked: Asked) -> Exported:
    """Write snippets and row; older ones of this stage are replaced.

    Raises
    ------
    UsageError
        AGILAB has no such kind of cluster, or a mode has no such part.
    OutputError
        Something cannot be written, or is not ours to replace.
    """
    contract, cluster, folder = asked.contract, asked.cluster, asked.folder
    if isinstance(cluster, GatewayPlace | SlurmPlace):
        raise UsageError(
            f"AGILAB runs on SSH hosts or on a Dask scheduler; {cluster.name} is of the kind {cluster.kind}",
            hint="name another cluster, or none for a local run",
        )
    settings = export_settings(
        contract, cluster, is_compiled=is_compiled(contract, folder), enable=asked.enable
    )
    app = _NOT_IN_A_NAME.sub("_", (asked.app or folder.name).removesuffix("_project")).strip("_").lower()
    app = app or "stages"
    made = snippets(settings, asked.file.path.name, asked.file.text, app)
    out = asked.out or folder / FOLDER
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for snippet in made:
            write_bytes(out / snippet.file_name, snippet.text.encode())
            written.append(out / snippet.file_name)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}") from error
    stages = folder / FILE
    put_row(stages, app, row_of(settings, made[-1], asked.file.path.name))
    told = [f"mode {settings.mode.spelled}; enabled {settings.enabled.spelled}"]
    if isinstance(cluster, SshPlace | AddressPlace):
        told.append(f"hosts are read from clusters.toml, [{cluster.name}], when a snippet runs")
    return Exported(
        target="agilab",
        folder=out,
        files=(*written, stages),
        told=tuple(told),
        run=f"in AGILAB: {', '.join(snippet.file_name for snippet in made)}, in this order",
    )
