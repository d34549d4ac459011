"""What a function really uses of its own module and of the local modules that it imports.

Its result can only depend on the definitions that are reached here: those that it names, what those name in
turn, and whatever importing the modules does besides. Where a name can be anything (``eval``,
``globals()``, an unpickled object), all definitions are reached.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jupyter_agilab.modules import LocalModules
from jupyter_agilab.run.reach.definitions import IMPLICIT, Definition, Kind, Target, definitions_of
from jupyter_agilab.run.reach.uses import Flag, Use

_UNPICKLERS = frozenset(
    ("pickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle", "runpy", "pydoc")
)
"""Modules that make objects of classes which are named in data."""
_ANYTHING = frozenset(
    (
        *("sys.modules", "importlib.import_module", "importlib.reload", "pkgutil.resolve_name"),
        *("joblib.load", "joblib.Memory", "torch.load", "pandas.read_pickle", "gc.get_objects"),
    )
)


_TEXTS = frozenset[Flag](("docstrings", "text"))


@dataclass(frozen=True, slots=True)
class Reached:
    """What a function uses.

    Attributes
    ----------
    meaning
        Digest of all of it: changes where the result may.
    whole
        The same of all definitions, used or not.
    definitions
        ``MODULE:NAME`` to kind and digest, for saying what changed; in the order of the modules' text.
    """

    meaning: str
    whole: str
    definitions: Mapping[str, tuple[Kind, str]]


def reached_from(function: str, modules: LocalModules) -> Reached:
    """Find what `function`, at the top level of the entry module, uses; nothing is imported."""
    walk = _Walk(modules)
    walk.name(modules.entry, Use(function))
    return walk.reached()


class _Walk:
    """Follows names from definition to definition until no new one comes."""

    def __init__(self, modules: LocalModules) -> None:
        self._modules = modules
        self._packages = {
            name[:place] for name in modules.names for place, char in enumerate(name) if char == "."
        }
        self._of = {
            path: definitions_of(path, module, self._is_local) for path, module in modules.modules.items()
        }
        self._binders: dict[str, dict[str, list[int]]] = {path: {} for path in self._of}
        for path, definitions in self._of.items():
            for number, definition in enumerate(definitions):
                for name in definition.binds:
                    self._binders[path].setdefault(name, []).append(number)
        self._included: set[tuple[str, int]] = set()
        self._seen: set[tuple[str, str, tuple[str, ...]]] = set()
        self._loaded: dict[str, None] = {}
        self._flags: set[Flag] = set()
        self._waiting: list[tuple[str, int]] = []
        self._load_path(modules.entry)
        self._loaded_first = tuple(self._loaded)

    def _load_path(self, path: str) -> None:
        """Take note that a module is imported: what that does besides binding names is used."""
        if path in self._loaded:
            return
        self._loaded[path] = None
        for number, definition in enumerate(self._of[path]):
            for dotted in definition.loads:
                self._load(dotted)
            if definition.has_effects:
                self._include(path, number)

    def name(self, path: str, use: Use) -> None:
        """Follow a name that a module's definition refers to."""
        pending = [(path, use)]
        while pending:
            path, use = pending.pop()
            if not use.name or (path, use.name, use.attributes) in self._seen:
                continue
            self._seen.add((path, use.name, use.attributes))
            homes = list(self._homes(path, use.name))
            for home in homes:
                for number in self._binders[home][use.name]:
                    self._include(home, number)
                    for target in self._of[home][number].imports.get(use.name, ()):
                        pending += self._target(target, use.attributes)
            if not homes and use.name not in IMPLICIT and not self._is_child(path, use.name):
                foreign = [star for star in self._stars(path) if star not in self._modules.names]
                if not foreign or any(star.partition(".")[0] in _UNPICKLERS for star in foreign):
                    # nothing here binds it, so something binds it in a way that does not show
                    self._flags.add("anything")

    def _homes(self, path: str, name: str) -> Iterator[str]:
        """Give the modules that bind a name for a module: itself, and those whose names it imports all."""
        if name in self._binders[path]:
            yield path
        for star in self._stars(path):
            home = self._modules.names.get(star)
            if home is not None and name in self._binders[home]:
                yield home

    def _stars(self, path: str) -> dict[str, None]:
        """Give the modules whose names a module imports all, and the ones whose names those do."""
        found: dict[str, None] = {}
        waiting = [path]
        while waiting:
            for definition in self._of[waiting.pop()]:
                for star in definition.stars:
                    if star not in found:
                        found[star] = None
                        waiting += filter(None, [self._modules.names.get(star)])
        return found

    def reached(self) -> Reached:
        """Give all that was reached, once every name has been followed."""
        self._follow()
        used = {
            (path, number)
            for path, definitions in self._of.items()
            for number in range(len(definitions))
            if "anything" in self._flags or (path, number) in self._included
        }
        meaning, shown = self._digests(used, self._flags)
        everything = {(path, number) for path in self._of for number in range(len(self._of[path]))}
        return Reached(meaning, self._digests(everything, {"docstrings"})[0], shown)

    def _digests(
        self, used: set[tuple[str, int]], flags: set[Flag]
    ) -> tuple[str, dict[str, tuple[Kind, str]]]:
        shown: dict[str, tuple[Kind, str]] = {}
        digests: dict[str, list[str]] = {}
        order: dict[str, list[str]] = {}
        for path, definitions in self._of.items():
            for number, definition in enumerate(definitions):
                if (path, number) not in used:
                    continue
                key = f"{path}:{definition.name}"
                digest = definition.digest if flags.isdisjoint(_TEXTS) else definition.documented
                digests.setdefault(key, []).append(digest)
                if definition.is_ordered or any(map(self._has_effects, self._paths(definition.loads))):
                    order.setdefault(path, []).append(f"{key} {digest}")
                shown[key] = (definition.kind, _joined(digests[key]))
        first = [path for path in self._loaded_first if self._has_effects(path)]
        meaning = {
            "definitions": {key: sorted(found) for key, found in digests.items()},
            "order": order,
            "loaded": first + sorted(path for path in self._loaded if path not in self._loaded_first),
            "text": [module.text for module in self._modules.modules.values()] if "text" in flags else [],
        }
        return _digest(meaning), shown

    def _follow(self) -> None:
        while True:
            while self._waiting:
                path, number = self._waiting.pop()
                definition = self._of[path][number]
                self._flags |= definition.uses.flags
                for dotted in (*definition.loads, *definition.loads_later):
                    self._load(dotted)
                for use in definition.uses.names:
                    self.name(path, use)
                for use in definition.uses.possible:
                    if self._binds(path, use.name):
                        self.name(path, use)
                self._own_imports(definition)
            if "strings" not in self._flags:
                return
            before = len(self._included)
            for path, number in list(self._included):
                for use in self._of[path][number].uses.names_in_strings():
                    if use.name in self._binders[path]:
                        self.name(path, use)
            if len(self._included) == before and not self._waiting:
                return

    def _own_imports(self, definition: Definition) -> None:
        """Follow what is used of the imports inside a function."""
        if not definition.loads_later:
            return
        used: dict[str, list[tuple[str, ...]]] = {}
        for use in definition.uses.anywhere:
            used.setdefault(use.name, []).append(use.attributes)
        for name, targets in definition.imports.items():
            for target in targets:
                for attributes in used.get(name, ()):
                    for path, use in self._target(target, attributes):
                        self.name(path, use)

    def _target(self, target: Target, attributes: tuple[str, ...]) -> list[tuple[str, Use]]:
        """Give the names that the attributes of an import lead to."""
        words = (target.attribute, *attributes) if target.attribute else attributes
        return list(self._along(target.module, words))

    def _along(self, dotted: str, words: tuple[str, ...]) -> Iterator[tuple[str, Use]]:
        if not self._is_local(dotted) and dotted:
            self._check_foreign(".".join((dotted, *words)))
            return
        path = self._modules.names.get(dotted)
        if not words:
            # the module itself is handed on: anything in it may be used
            for each in filter(None, [path, *self._modules.below(dotted)]):
                self._include_all(each)
            return
        inner = f"{dotted}.{words[0]}".strip(".")
        found = False
        if self._is_local(inner):
            found = True
            yield from self._along(inner, words[1:])
        if path is not None and self._binds(path, words[0]):
            found = True
            yield path, Use(words[0], words[1:])
        if not found and path is not None:
            self._include_all(path)

    def _check_foreign(self, dotted: str) -> None:
        names = {".".join(dotted.split(".")[:length]) for length in (1, 2)}
        if not names.isdisjoint(_UNPICKLERS | _ANYTHING):
            self._flags.add("anything")

    def _binds(self, path: str, name: str) -> bool:
        return any(self._homes(path, name))

    def _is_child(self, path: str, name: str) -> bool:
        """Say whether a package's name is one of its modules, which Python binds there on import."""
        package = ".".join(self._modules.modules[path].package)
        child = f"{package}.{name}".strip(".")
        if not package or not self._is_local(child):
            return False
        for inner, use in self._along(child, ()):
            self.name(inner, use)
        return True

    def _load(self, dotted: str) -> None:
        for path in self._paths((dotted,)):
            self._load_path(path)

    def _paths(self, names: Iterable[str]) -> Iterator[str]:
        """Give the modules that importing the dotted names executes, those of their packages first."""
        for name in names:
            ends = [place for place, char in enumerate(name) if char == "."]
            for dotted in (*(name[:end] for end in ends), name):
                if dotted in self._modules.names:
                    yield self._modules.names[dotted]

    def _include(self, path: str, number: int) -> None:
        if (path, number) not in self._included:
            self._included.add((path, number))
            self._waiting.append((path, number))

    def _include_all(self, path: str) -> None:
        for number in range(len(self._of[path])):
            self._include(path, number)

    def _is_local(self, dotted: str) -> bool:
        return dotted in self._modules.names or dotted in self._packages

    def _has_effects(self, path: str) -> bool:
        return any(definition.has_effects for definition in self._of[path])


def _joined(digests: Iterable[str]) -> str:
    found = list(digests)
    return found[0] if len(found) == 1 else _digest(found)[:16]


def _digest(value: object) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()
