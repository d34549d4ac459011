"""Loops inside ``with model:``, where what the body makes registers itself with the context."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.migrate.know.words import words
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.names import full_name
from jupyter_agilab.migrate.prove.obstacle import Obstacle

_HARMLESS = words(
    """
    open torch.no_grad torch.inference_mode torch.enable_grad numpy.errstate numpy.printoptions
    warnings. contextlib. concurrent. multiprocessing. pathlib. rasterio. time. tempfile. zipfile.
    tarfile. gzip. h5py. astropy. pandas. dask. joblib. matplotlib. seaborn. tqdm. os. requests. urllib.
    xarray. netCDF4. PIL. threading.
"""
)


def inside_context(facts: Facts) -> Iterator[Obstacle]:
    """Refuse calls of the library whose context manager the loop stands in: it notes what is made inside."""
    for entered in facts.candidate.context.entered:
        module = _module(facts, entered)
        if not module or any(f"{module}.".startswith(each) for each in _HARMLESS):
            continue
        root = module.partition(".")[0]
        for statement in facts.candidate.body:
            for node in ast.walk(statement):
                path = full_name(facts.walk, node.func) if isinstance(node, ast.Call) else None
                if path is not None and path.partition(".")[0] == root:
                    message = (
                        f"the loop stands in `with {ast.unparse(entered)[:40]}`, which may note what "
                        f"`{path}` makes: a worker has no such context"
                    )
                    yield Obstacle(
                        code="migrate.inside-context",
                        reason="shared-mutation",
                        message=message,
                        line=getattr(node, "lineno", None),
                    )
                    return


def _module(facts: Facts, node: ast.expr) -> str:
    """Give the full name of what makes a context manager, through a name that was assigned."""
    if isinstance(node, ast.Name):
        binding = facts.scene.binding(node.id)
        if binding is None or binding.value is None or isinstance(binding.value, ast.Name):
            return ""
        node = binding.value
    while isinstance(node, ast.Call):
        path = full_name(facts.walk, node.func)
        if path is not None:
            return path
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return ""
