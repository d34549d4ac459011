"""The magics in a real kernel: displays updated in place, an interrupt, a whole notebook."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_agilab import api

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


@dataclass
class Answer:
    """What a kernel sent for one request."""

    reply: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message["content"] for message in self.messages if message["msg_type"] == kind]


@dataclass
class Kernel:
    """A kernel and its client, in a folder with data."""

    manager: Any
    client: Any
    folder: Path

    def send(self, code: str, cell_id: str | None = None) -> str:
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell_id} if cell_id else {}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def answer(self, request: str) -> Answer:
        started = time.monotonic()
        found = Answer()
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE_S)
            if message["parent_header"].get("msg_id") != request:
                continue
            found.messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        found.reply = self.reply(request)
        found.seconds = time.monotonic() - started
        return found

    def reply(self, request: str) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = reply["content"]
                return content

    def run(self, code: str, cell_id: str | None = None) -> Answer:
        return self.answer(self.send(code, cell_id))


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Start a kernel with our magics in a folder with three small files."""
    from jupyter_client.manager import KernelManager

    folder = tmp_path_factory.mktemp("kernel")
    (folder / "data").mkdir()
    for number in range(3):
        (folder / f"data/m{number}.csv").write_text("a\n" * (number + 1), "utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path_factory.mktemp("ipython"))}
    env.pop("JPY_SESSION_NAME", None)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=env)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_S)
        found = Kernel(manager, client, folder)
        assert found.run("%load_ext jupyter_agilab").reply["status"] == "ok"
        yield found
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_run_is_one_display_updated_in_place_whose_last_state_stays(kernel: Kernel) -> None:
    answer = kernel.run(
        '%%parallel_stage size --input "data/*.csv" --backend local --run\n'
        "import time\n"
        "time.sleep(0.4)\n"
        "{'file': path, 'size': len(open(path).read())}",
        cell_id="cell-7",
    )
    assert answer.reply["status"] == "ok", answer.reply
    displays = answer.of("display_data")
    run = next(content for content in displays if "Run of size" in content["data"]["text/html"])
    updates = answer.of("update_display_data")
    assert {content["transient"]["display_id"] for content in updates} == {run["transient"]["display_id"]}
    assert len(updates) <= 4 * answer.seconds + 2
    last = updates[-1]["data"]
    assert "finished" in last["text/html"]
    assert "3 of 3 partitions done (100%)" in last["text/html"]
    assert "3 of 3 have a result" in last["text/plain"]
    assert all("<script" not in content["data"]["text/html"] for content in [*displays, *updates])
    assert 'cell = "cell-7"' in (kernel.folder / "size.parallel_stage.toml").read_text("utf-8")
    value = kernel.run("[record['size'] for record in size.records()]").of("execute_result")[0]
    assert value["data"]["text/plain"] == "[2, 4, 6]"


def test_an_interrupt_leaves_the_run_going_and_says_how_to_stop_it(kernel: Kernel) -> None:
    request = kernel.send(
        '%%parallel_stage slow --input "data/*.csv" --backend pool --workers 1 --run\n'
        "import time\n"
        "time.sleep(120)\n"
        "path"
    )
    deadline = time.monotonic() + PATIENCE_S
    while not [run for run in api.runs(kernel.folder, "slow") if run.state == "running"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    answer = kernel.answer(request)
    assert answer.reply["status"] == "error"
    (error,) = answer.of("error")
    told = "\n".join(error["traceback"])
    assert "goes on" in told
    assert "%parallel_stop slow" in told
    assert "%parallel_attach slow" in told
    assert "jupyter_agilab/" not in told
    # the saved notebook must not look as if the cell were still watching
    assert "goes on without this cell" in answer.of("update_display_data")[-1]["data"]["text/html"]
    (run,) = api.runs(kernel.folder, "slow")
    assert run.state == "running"
    stopped = kernel.run("%parallel_stop slow")
    assert stopped.reply["status"] == "ok"
    assert "stopped" in stopped.of("display_data")[0]["data"]["text/html"]
    assert api.runs(kernel.folder, "slow")[0].state == "stopped"


def test_a_stage_that_was_never_tried_is_told_while_it_runs(kernel: Kernel) -> None:
    cell = '%%parallel_stage half --input "data/*.csv" --backend pool --workers 1\nlen(path) / 2'
    assert kernel.run(cell).reply["status"] == "ok"
    first = kernel.run("%parallel_run half")
    assert "Not tried on one partition yet" in first.of("display_data")[0]["data"]["text/html"]
    assert "Not tried" not in first.of("update_display_data")[-1]["data"]["text/html"]
    second = kernel.run("%parallel_run half")
    assert "Not tried" not in second.of("display_data")[0]["data"]["text/html"]


def test_our_errors_are_one_message_and_fail_the_cell(kernel: Kernel) -> None:
    answer = kernel.run('%%parallel_stage broken --input "data/*.csv"\nnothing_like_it + path')
    assert answer.reply["status"] == "error"
    (error,) = answer.of("error")
    assert error["ename"] == "ExtractionError"
    assert "nothing_like_it" in "\n".join(error["traceback"])
    assert "line 2" in "\n".join(error["traceback"])
    assert "File " not in "\n".join(error["traceback"])
    misuse = kernel.run("%parallel_run no_such_stage")
    assert misuse.reply["status"] == "error"
    assert "no_such_stage" in misuse.of("stream")[0]["text"]


def test_completion_as_a_front_end_asks_for_it(kernel: Kernel) -> None:
    code = "%%time\n%%parallel_stage size --back"
    reply = kernel.reply(kernel.client.complete(code, len(code)))
    start = reply["cursor_start"]
    assert any(code[:start] + match == f"{code}end" for match in reply["matches"])


def test_a_notebook_runs_from_top_to_bottom_without_a_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    cells = [
        "%load_ext jupyter_agilab",
        "from pathlib import Path\nPath('data').mkdir()\n"
        "for month in range(1, 5):\n    Path(f'data/{month}.csv').write_text('x\\n' * month)",
        "least = 2",
        '%%time\n%%parallel_stage line_counts --input "data/*.csv" --reducer concat-csv --run\n'
        "count = len(open(path).readlines())\n"
        "[{'file': path, 'lines': count, 'many': count > least}]",
        "print(line_counts.path.read_text())",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=PATIENCE_S, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = notebook.cells[-1].outputs[0].text.split()
    assert printed == [
        "file,lines,many",
        "data/1.csv,1,False",
        "data/2.csv,2,False",
        "data/3.csv,3,True",
        "data/4.csv,4,True",
    ]
    saved = nbformat.writes(notebook)
    assert "Result of line_counts" in saved
    assert "4 of 4 partitions done (100%)" in saved
    assert "starting" not in saved
