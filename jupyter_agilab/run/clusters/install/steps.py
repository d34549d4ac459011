"""The steps that make one environment fit: a Python, packages, this package; each where it is needed."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_agilab.run.clusters.check.by_ssh import answer_in, program
from jupyter_agilab.run.clusters.check.needs import Needs

Commands = Callable[[Sequence[str], bytes | None], Awaitable[tuple[int, str]]]
"""Runs a command where the environment is, with some bytes as its input; gives exit code and output."""

_OURS = "jupyter_agilab"
_UNPACK = """
import io, shutil, sys, sysconfig, tarfile
target = sysconfig.get_path("purelib")
shutil.rmtree(target + "/jupyter_agilab", ignore_errors=True)
with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())) as archive:
    archive.extractall(target)
print(target)
"""
_LAST_LINES = 4


class Failed(Exception):  # noqa: N818  # told, never seen outside
    """A step did not do what it should; the message is a sentence for the reader."""


async def make_fit(
    run: Commands, python: str, environment: Mapping[str, str], needs: Needs, changed: list[str]
) -> None:
    """Do what is missing, note it in `changed`, and look again.

    Raises
    ------
    Failed
        It is not fit after that.
    """
    base = ["env", *(f"{name}={value}" for name, value in environment.items())]
    answer = await _ask(run, [*base, python, "-"], needs)
    wanted = ".".join(map(str, sys.version_info[:2]))
    if answer is None:
        await _make_environment(run, base, python, wanted)
        changed.append(f"Python {wanted}")
        answer = await _ask(run, [*base, python, "-"], needs)
        if answer is None:
            raise Failed(f"the Python that was made at {python} does not run")
    found = ".".join(answer["python"].split(".")[:2])
    if found != wanted:
        raise Failed(
            f"its Python {python} is {found} and this one is {wanted}: name another path in `python`, where "
            f"none is yet, and it is made there"
        )
    missing = _differing(answer, needs)
    others = {name: version for name, version in missing.items() if name != _OURS}
    if others:
        pins = [f"{needs.distributions.get(name, name)}=={version}" for name, version in others.items()]
        await _install(run, base, python, pins)
        changed += [pin.replace("==", " ") for pin in pins]
    if _OURS in missing:
        code, told = await run([*base, python, "-c", _UNPACK], packed_package(missing[_OURS]))
        if code:
            raise Failed(f"jupyter-agilab cannot be put there: {_last(told)}")
        changed.append(f"jupyter-agilab {missing[_OURS]}")
    if missing:
        again = await _ask(run, [*base, python, "-"], needs)
        left = _differing(again, needs) if again is not None else missing
        if left:
            raise Failed(f"after that it still lacks {', '.join(f'{n} {v}' for n, v in left.items())}")


def _differing(answer: Mapping[str, Any], needs: Needs) -> dict[str, str]:
    found = answer["packages"]
    return {name: version for name, version in needs.packages.items() if found.get(name) != version}


async def _ask(run: Commands, command: Sequence[str], needs: Needs) -> dict[str, Any] | None:
    _, told = await run(command, program(needs, None).encode())
    return answer_in(told)


async def _make_environment(run: Commands, base: Sequence[str], python: str, version: str) -> None:
    home = PurePosixPath(python).parent.parent
    if PurePosixPath(python).parent.name != "bin" or not PurePosixPath(python).is_absolute():
        raise Failed(
            f"there is no Python at {python}, and none can be made there: it does not end in /bin/python"
        )
    if (await run([*base, "test", "-e", str(home)], None))[0] == 0:
        raise Failed(
            f"{home} is there, and has no Python that runs: remove it, or name another path in `python`"
        )
    ways = (["uv", "venv", "--python", version, str(home)], [f"python{version}", "-m", "venv", str(home)])
    told = ""
    for way in ways:
        code, told = await run([*base, *way], None)
        if code == 0:
            return
    raise Failed(f"neither uv nor Python {version} is there to make one: {_last(told)}")


async def _install(run: Commands, base: Sequence[str], python: str, pins: Sequence[str]) -> None:
    ways = (
        ["uv", "pip", "install", "--quiet", "--python", python, *pins],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins],
    )
    told = []
    for way in ways:
        code, text = await run([*base, *way], None)
        if code == 0:
            return
        told.append(_last(text))
    raise Failed(f"{', '.join(pins)} cannot be installed: {'; '.join(dict.fromkeys(told))}")


def _last(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-_LAST_LINES:]) or "no word of why"


def packed_package(version: str) -> bytes:
    """Give this very package as an archive, with the record by which its version is known."""
    home = Path(__file__).parents[3]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path in sorted(home.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.add(path, f"{_OURS}/{path.relative_to(home).as_posix()}", recursive=False)
        record = f"Metadata-Version: 2.1\nName: jupyter-agilab\nVersion: {version}\n".encode()
        entry = tarfile.TarInfo(f"{_OURS}-{version}.dist-info/METADATA")
        entry.size = len(record)
        archive.addfile(entry, io.BytesIO(record))
    return out.getvalue()
