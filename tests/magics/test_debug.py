"""Failures shown in a notebook, and looked at there: a real kernel, a real notebook file, a real terminal."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pytest
from IPython.core.error import UsageError

from jupyter_agilab.errors import RunNotFoundError

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
HELPER = "import json\n\ndef parse(text):\n    # a digit\n    return int(text)"
STAGE = """\
%%time
%%parallel_stage clean --input "data/*.txt" --backend {backend}
# read it

text = open(path).read()
value = parse(
    text
)
{{"file": path, "value": value}}"""
FRAMES = [
    "Cell 3 of flights.ipynb, line 6, in clean (stages/clean.py, line ",
    "value = parse(",
    "Cell 2 of flights.ipynb, line 5, in parse (stages/clean.py, line ",
    "return int(text)",
    "ValueError: invalid literal for int() with base 10: 'bad'",
]


@dataclass
class Answer:
    """What a kernel sent for one cell; ``asked`` is what was on screen at each question."""

    reply: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    html: str = ""
    error: str = ""
    asked: list[str] = field(default_factory=list)


class Kernel:
    """A kernel behind a notebook file, and somebody who answers its questions."""

    def __init__(self, folder: Path, client: Any) -> None:
        self.folder, self.client = folder, client
        self.cells: list[dict[str, Any]] = []

    def save(self, *sources: str) -> None:
        """Save the notebook; the first cell is text."""
        self.cells = [{"cell_type": "markdown", "id": "text", "metadata": {}, "source": "# Flights"}]
        for number, source in enumerate(sources):
            cell = {"cell_type": "code", "id": f"id-{number}", "source": source}
            self.cells.append({**cell, "metadata": {}, "outputs": [], "execution_count": None})
        text = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": self.cells}
        (self.folder / "flights.ipynb").write_text(json.dumps(text), "utf-8")

    def run(self, source: str, *answers: str, allow_stdin: bool = True) -> Answer:
        """Run a cell, and answer its questions one after the other."""
        known = next((cell["id"] for cell in self.cells if cell["source"] == source), None)
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": allow_stdin,
            "stop_on_error": True,
        }
        message = self.client.session.msg(
            "execute_request", content, metadata={"cellId": known} if known else {}
        )
        self.client.shell_channel.send(message)
        request, found, left = message["header"]["msg_id"], Answer(), list(answers)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < deadline, found
            for seen in self._pending(request):
                if seen["msg_type"] == "status" and seen["content"]["execution_state"] == "idle":
                    found.reply = self._reply(request)
                    assert not left, f"it did not ask for {left}"
                    return found
                self._take(found, seen)
            if self.client.stdin_channel.msg_ready():
                asked = self.client.get_stdin_msg(timeout=1)
                # what was printed before it comes by another channel
                time.sleep(0.3)
                for seen in self._pending(request):
                    self._take(found, seen)
                found.asked.append(found.text)
                found.text += asked["content"]["prompt"]
                self.client.input(left.pop(0) if left else "q")

    def value(self, expression: str) -> str:
        """Give the text of an expression's value."""
        return self.run(f"print({expression})").text.rstrip("\n")

    def _pending(self, request: str) -> Iterator[dict[str, Any]]:
        from queue import Empty

        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.05)
            except Empty:
                return
            if message["parent_header"].get("msg_id") == request:
                yield message

    @staticmethod
    def _take(found: Answer, message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            found.text += content["text"]
        elif message["msg_type"] in {"display_data", "update_display_data"}:
            found.text += content["data"].get("text/plain", "") + "\n"
            found.html = content["data"].get("text/html", "")
        elif message["msg_type"] == "error":
            found.error = plain("\n".join(content["traceback"]))

    def _reply(self, request: str) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = reply["content"]
                return content


def plain(text: str) -> str:
    """Give text without colours."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def in_order(text: str, parts: list[str]) -> bool:
    """Tell whether all parts are in the text, one behind the other."""
    place = 0
    for part in parts:
        place = text.find(part, place)
        if place < 0:
            return False
    return True


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Start a kernel for a notebook in a folder with three small files, one of them bad."""
    from jupyter_client.manager import KernelManager

    folder = tmp_path_factory.mktemp("debug")
    (folder / "data").mkdir()
    for number, text in enumerate(["1", "bad", "3"]):
        (folder / f"data/{number}.txt").write_text(text, "utf-8")
    (folder / "flights.ipynb").write_text("{}", "utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path_factory.mktemp("ipython"))}
    env["JPY_SESSION_NAME"] = str(folder / "flights.ipynb")
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=env)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_S)
        found = Kernel(folder, client)
        found.save(HELPER, STAGE.format(backend="local"))
        assert found.run("%load_ext jupyter_agilab").reply["status"] == "ok"
        assert found.run(HELPER).reply["status"] == "ok"
        yield found
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("backend", ["pool", "dask", "local"])
def test_a_traceback_names_notebook_cell_and_line(kernel: Kernel, backend: str) -> None:
    cell = STAGE.format(backend=backend)
    kernel.save(HELPER, cell)
    assert kernel.run(cell).reply["status"] == "ok"
    assert (
        "Lines here = in the cell that defines each: parse" in (kernel.folder / "stages/clean.py").read_text()
    )
    answer = kernel.run(f"%parallel_run clean --backend {backend}")
    assert answer.reply["status"] == "error"
    assert in_order(answer.text, FRAMES)
    # in the rich display too, and in the cell's error
    shown = re.sub(r"<[^>]+>", "", answer.html).replace("&quot;", '"').replace("&#x27;", "'")
    assert in_order(shown, FRAMES)
    assert "partition 1 (data/1.txt), cell 2 of flights.ipynb, line 5: ValueError" in answer.error
    assert "jupyter_agilab/" not in answer.text + answer.error
    trial = kernel.run("%parallel_trial clean --partition 1")
    assert in_order(trial.text, FRAMES)


def test_a_cell_that_was_moved_since_is_counted_anew(kernel: Kernel) -> None:
    cell = STAGE.format(backend="local")
    kernel.save("before = 1", cell, HELPER)
    moved = kernel.run("%parallel_attach clean")
    assert "Cell 3 of flights.ipynb, line 6, in clean" in moved.text
    assert "Cell 4 of flights.ipynb, line 5, in parse" in moved.text
    kernel.save(HELPER, cell)


def test_the_debugger_opens_on_the_authors_line(kernel: Kernel) -> None:
    before = kernel.value("__import__('os').getcwd(), __import__('sys').path, len(__import__('sys').modules)")
    answer = kernel.run("%parallel_debug clean", "p text", "u", "p path", "u", "q")
    assert answer.reply["status"] == "ok", answer
    assert in_order(answer.asked[0], [*FRAMES, "The debugger is at cell 2 of flights.ipynb, line 5"])
    last = plain(answer.asked[0].partition("The debugger is")[2])
    assert in_order(last, ["stages/clean.py", "parse", "return int(text)"])
    assert "'bad'" in plain(answer.asked[1].removeprefix(answer.asked[0]))
    assert "value = parse(" in plain(answer.asked[2].removeprefix(answer.asked[1]))
    assert "'data/1.txt'" in plain(answer.asked[3].removeprefix(answer.asked[2]))
    # no frame of ours is above
    assert "Oldest frame" in plain(answer.asked[4].removeprefix(answer.asked[3]))
    assert "replay.py" not in answer.text
    after = kernel.value("__import__('os').getcwd(), __import__('sys').path, len(__import__('sys').modules)")
    # our own modules were imported, nothing else changed
    assert after.rpartition(",")[0] == before.rpartition(",")[0]
    assert kernel.value("[n for n in __import__('sys').modules if 'agilab_stage' in n]") == "[]"
    assert kernel.value("_partition_arguments") == "{'path': 'data/1.txt'}"


def test_without_the_debugger_the_traceback_and_the_arguments_stay(kernel: Kernel) -> None:
    kernel.run("_partition_arguments = None")
    answer = kernel.run("%parallel_debug clean 1 --no-debugger")
    assert answer.reply["status"] == "ok"
    assert in_order(answer.text, [*FRAMES, "%debug opens the debugger"])
    assert kernel.value("_partition_arguments['path']") == "data/1.txt"
    debug = kernel.run("%debug", "p text", "q")
    assert "'bad'" in plain(debug.text)


def test_where_nobody_can_be_asked_the_debugger_is_not_opened(kernel: Kernel) -> None:
    answer = kernel.run("%parallel_debug clean", allow_stdin=False)
    assert answer.reply["status"] == "ok"
    assert in_order(answer.text, [*FRAMES, "Nobody can be asked here"])


def test_a_partition_that_goes_well_says_so(kernel: Kernel) -> None:
    answer = kernel.run("%parallel_debug clean 0")
    assert "partition 0 (data/0.txt) went well: 1 record" in answer.text
    assert '{"file":"data/0.txt","value":1}' in answer.text


def test_a_correction_is_checked_with_the_present_code(kernel: Kernel) -> None:
    cell = STAGE.format(backend="local").replace("text\n)", "text.replace('bad', '7')\n)")
    kernel.save(HELPER, cell)
    assert kernel.run(cell).reply["status"] == "ok"
    assert "ValueError" in kernel.run("%parallel_debug 1 --no-debugger").text
    assert '"value":7' in kernel.run("%parallel_debug clean 1 --current").text


class TestMisuse:
    """One sentence each, in a shell."""

    def test_nothing_has_failed(self, notebook: Any) -> None:
        error = notebook.fails("%parallel_debug")
        assert isinstance(error, RunNotFoundError)
        assert "has a failed partition" in str(error)

    def test_a_partition_that_ended_its_worker_is_not_run_here(self, five_files: Any) -> None:
        five_files.run(
            '%%parallel_stage deadly --input "data/*.csv" --backend pool --workers 1\n'
            "import os\n"
            "if '2' in path:\n"
            "    os._exit(3)\n"
            "path"
        )
        five_files.fails("%parallel_run deadly")
        error = five_files.fails("%parallel_debug deadly")
        assert isinstance(error, UsageError)
        assert "ended its worker" in str(error)
        assert "jupyter agilab replay" in str(error)
        # those that do no harm are run
        five_files.run("%parallel_debug deadly 0")
        assert "went well" in five_files.text

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("%parallel_debug count 99", "has no partition '99'"),
            ("%parallel_debug count", "no partition of run"),
            ("%parallel_debug nothing", "no run or stage named 'nothing'"),
            ("%parallel_debug count 0 --debugger", "is not known here"),
        ],
    )
    def test_what_is_not_there(self, stage: Any, line: str, said: str) -> None:
        notebook = stage("--run --backend local")
        assert said in str(notebook.fails(line))
        assert "jupyter_agilab/" not in notebook.text


@pytest.mark.parametrize("flags", [["--simple-prompt"], []], ids=["simple prompt", "full prompt"])
def test_the_debugger_in_a_terminal(tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/0.txt").write_text("bad", "utf-8")
    cell = STAGE.format(backend="local").partition("\n")[2]
    (tmp_path / "prepare.ipy").write_text(
        f"%load_ext jupyter_agilab\n{HELPER}\n"
        f"get_ipython().run_cell_magic('parallel_stage', 'clean --input \"data/*.txt\" --backend local',"
        f" {cell.partition(chr(10))[2]!r})\n",
        "utf-8",
    )
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--colors=nocolor", *flags],
        env={**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path / "ipython")},
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 200),
    )
    try:
        for number, line in enumerate(("%run -i prepare.ipy", "%parallel_run clean", "%parallel_debug"), 1):
            terminal.expect(rf"In \[{number}\]:")
            time.sleep(0.2)
            terminal.send(line + "\r")
        terminal.expect("The debugger is")
        terminal.expect("ipdb>")
        assert "return int(text)" in plain(terminal.before)
        terminal.send("p text + '!'\r")
        terminal.expect("bad!")
        terminal.expect("ipdb>")
        terminal.send("q\r")
        terminal.expect(r"In \[4\]:")
    finally:
        terminal.close(force=True)
