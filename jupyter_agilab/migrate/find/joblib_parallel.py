"""joblib: ``Parallel(n_jobs=...)(delayed(f)(x) for x in items)``."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.find.candidate import VALUE, Candidate, Context


def joblib_parallel(node: ast.AST, context: Context) -> Candidate | None:
    """Match a call of ``Parallel(...)``, or of a name for one, with a generator of delayed calls."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or not _is_parallel(node.func, context):
        return None
    inner = node.args[0]
    if not isinstance(inner, ast.GeneratorExp | ast.ListComp) or len(inner.generators) < 1:
        return None
    first, *rest = inner.generators
    gives: ast.expr = inner.elt if not rest else ast.ListComp(inner.elt, rest)
    steps: list[ast.stmt] = [ast.Expr(condition) for condition in first.ifs]
    steps.append(ast.Assign([ast.Name(VALUE, ast.Store())], gives))
    for step in steps:
        for each in ast.walk(step):
            if isinstance(each, ast.expr | ast.stmt) and not hasattr(each, "lineno"):
                ast.copy_location(each, node)
    return Candidate(
        form="joblib",
        node=node,
        context=context,
        targets=(first.target,),
        iterable=first.iter,
        body=tuple(steps),
        gives_value=True,
        is_parallel=True,
    )


def _is_parallel(func: ast.expr, context: Context) -> bool:
    if isinstance(func, ast.Name):
        binding = context.scene.binding(func.id)
        return (
            binding is not None
            and isinstance(binding.value, ast.Call)
            and _is_parallel(binding.value, context)
        )
    if not isinstance(func, ast.Call):
        return False
    maker = func.func
    name = maker.id if isinstance(maker, ast.Name) else maker.attr if isinstance(maker, ast.Attribute) else ""
    return name in {"Parallel", "ProgressParallel"}
