"""Compile a stage's module with Cython, for the interpreter that this runs in."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import AgilabError, MissingDependencyError, UsageError
from jupyter_agilab.private_folder import private_folder
from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.compiled import compiled_file, home_of, module_name

_PATIENCE_S = 300


class CompilationError(AgilabError):
    """Cython or the C compiler refused a module; the message has what they said last."""

    code = "compilation"


@dataclass(frozen=True, slots=True)
class Compiled:
    """What `compile_stage` made: the extension's file, and whether it was there already."""

    path: Path
    digest: str
    was_there: bool


def compile_stage(contract: Contract, folder: Path) -> Compiled:
    """Compile the module that a contract's function stands in; older versions of it are removed.

    Python's meaning is kept: annotations do not become C types. Blocks for some seconds.

    Raises
    ------
    ContractError
        The function is not there.
    UsageError
        The contract names a module that is installed, or by its dotted name.
    MissingDependencyError
        Cython, a C compiler or Python's headers are not installed.
    CompilationError
        They refuse the module.
    """
    code = freeze(contract.function, folder)
    if not code.sources or not code.entry.endswith(".py"):
        raise UsageError(
            f"{contract.module} is not a file of this folder, and only those are compiled",
            hint="name it by its path in `function`: stages/work.py:work",
        )
    target = compiled_file(folder, code.entry, code.digest)
    if target.is_file():
        return Compiled(target, code.digest, was_there=True)
    compile_module(code.sources[code.entry], code.entry, module_name(code.digest, code.entry), target)
    for other in home_of(folder, code.entry).iterdir():
        if other != target.parent:
            shutil.rmtree(other, ignore_errors=True)
    ignore = folder / ".agilab" / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    return Compiled(target, code.digest, was_there=False)


def compile_module(text: str, entry: str, name: str, target: Path) -> None:
    """Compile one module's text into the extension `target`, which is there whole or not at all."""
    from importlib.util import find_spec

    if find_spec("Cython") is None:
        raise MissingDependencyError(
            "Cython is needed to compile a stage", hint="pip install jupyter-agilab[cython]"
        )
    with private_folder() as private:
        source, made = private / f"{name}.py", private / f"{name}.c"
        source.write_text(text, "utf-8")
        directives = "annotation_typing=False,binding=True"
        command = [sys.executable, "-P", "-m", "cython", "-3", "-X", directives, str(source), "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
        if done.returncode:
            told = (done.stderr or done.stdout).replace(str(source), entry).strip()
            raise CompilationError(f"Cython cannot compile {entry}:\n{told}")
        built = private / target.name
        _compile_c(made, built, entry)
        target.parent.mkdir(parents=True, exist_ok=True)
        moved = target.with_suffix(".part")
        shutil.copyfile(built, moved)
        moved.replace(target)


def _compile_c(source: Path, target: Path, entry: str) -> None:
    linker = shlex.split(sysconfig.get_config_var("LDSHARED") or "cc -shared")
    include = sysconfig.get_path("include")
    if not (Path(include) / "Python.h").is_file():
        raise MissingDependencyError(
            f"Python's headers are not in {include}", hint="install them: on Debian and Ubuntu, python3-dev"
        )
    command = [*linker, "-O2", "-fPIC", f"-I{include}", str(source), "-o", str(target)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except FileNotFoundError as error:
        raise MissingDependencyError(
            f"the C compiler {linker[0]} is not installed", hint="install one: gcc or clang"
        ) from error
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise CompilationError(f"the C compiler refuses what Cython made of {entry}:\n{last}")
