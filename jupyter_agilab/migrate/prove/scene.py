"""Where a piece of code stands: what its outside names mean there."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

from jupyter_agilab.extract.bindings import AnyFunction
from jupyter_agilab.migrate.prove.program import Binding, Definition, Program, collect, names_bound
from jupyter_agilab.migrate.prove.values import Value

BUILTINS = frozenset(dir(builtins)) | {"display", "get_ipython"}


@dataclass
class Frame:
    """An enclosing function: its parameters and what it binds itself."""

    node: AnyFunction | ast.Lambda
    parameters: frozenset[str]
    program: Program
    bound: frozenset[str]


@dataclass
class Scene:
    """The place of a loop or a function: the notebook, the cell, the line, and enclosing functions.

    ``frames`` go from the innermost outwards. Kinds of names are remembered in ``kinds``.
    """

    program: Program
    cell: int
    line: int
    frames: tuple[Frame, ...] = ()
    kinds: dict[int, tuple[Binding, Value]] = field(default_factory=dict)
    summaries: dict[int, object] = field(default_factory=dict)
    aliases: dict[str, frozenset[str]] | None = None

    def at(self, cell: int, line: int, frames: tuple[Frame, ...] | None = None) -> Scene:
        """Give the scene of another place of the same notebook; what was learnt is shared."""
        chosen = self.frames if frames is None else frames
        return Scene(self.program, cell, line, chosen, self.kinds, self.summaries)

    def frame_of(self, name: str) -> Frame | None:
        """Give the innermost enclosing function that binds `name`."""
        return next((frame for frame in self.frames if name in frame.bound), None)

    def imported(self, name: str) -> str | None:
        """Give the full name of what an imported `name` stands for; None for other names."""
        for frame in self.frames:
            if name in frame.program.imports:
                return frame.program.imports[name]
            if name in frame.bound:
                return None
        if name in self.program.imports and name not in self.program.definitions:
            rebound = self.program.bindings.get(name)
            return (
                None
                if rebound and not all(each.role == "element" for each in rebound)
                else self.program.imports[name]
            )
        return None

    def definition(self, name: str) -> Definition | None:
        """Give the function or class of the notebook that `name` means here."""
        frame = self.frame_of(name)
        if frame is not None:
            found = frame.program.definitions.get(name)
            return found[-1] if found else None
        return self.program.definition_before(name, self.cell, self.line)

    def binding(self, name: str) -> Binding | None:
        """Give the place that gave `name` its value, as far as the order of the cells tells."""
        frame = self.frame_of(name)
        if frame is not None:
            if name in frame.parameters and name not in frame.program.bindings:
                return None
            return frame.program.binding_before(name, self.cell, self.line)
        return self.program.binding_before(name, self.cell, self.line)

    def bindings(self, name: str) -> list[Binding]:
        """Give every place that binds `name` in its scope."""
        frame = self.frame_of(name)
        return (frame.program if frame else self.program).bindings.get(name, [])

    def is_known(self, name: str) -> bool:
        """Tell whether something in the notebook binds, imports or defines `name`."""
        return (
            self.frame_of(name) is not None
            or name in self.program.bindings
            or name in self.program.definitions
            or name in self.program.imports
        )

    def is_parameter(self, name: str) -> bool:
        """Tell whether `name` is a parameter of an enclosing function."""
        frame = self.frame_of(name)
        return frame is not None and name in frame.parameters


def frame_for(node: AnyFunction | ast.Lambda, cell: int) -> Frame:
    """Make the frame of a function."""
    parameters = frozenset(argument.arg for argument in every_argument(node.args))
    inner = Program()
    if isinstance(node, ast.Lambda):
        return Frame(node, parameters, inner, parameters)
    collect(inner, node.body, cell)
    outer: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Global | ast.Nonlocal):
            outer |= set(each.names)
    return Frame(node, parameters, inner, (parameters | names_bound(node.body)) - outer)


def every_argument(arguments: ast.arguments) -> list[ast.arg]:
    """Give all parameters, in the order of the signature."""
    several = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*several, *(each for each in (arguments.vararg, arguments.kwarg) if each is not None)]


ANNOTATED = {
    "int": "int",
    "float": "number",
    "str": "str",
    "bool": "bool",
    "list": "list",
    "dict": "dict",
    "set": "set",
    "Path": "path",
    "pathlib.Path": "path",
    "pd.DataFrame": "frame",
    "pandas.DataFrame": "frame",
    "pl.DataFrame": "frame",
    "DataFrame": "frame",
    "np.ndarray": "array",
    "pd.Series": "series",
    "Axes": "axes",
    "plt.Axes": "axes",
    "tuple": "tuple",
    "bytes": "bytes",
}


def annotated_kind(annotation: ast.expr | None) -> str:
    """Give the kind that an annotation names, empty where it names none that is known."""
    if annotation is None:
        return ""
    text = ast.unparse(annotation)
    return ANNOTATED.get(text, ANNOTATED.get(text.partition("[")[0], ""))
