"""The panel in a real kernel: busy cells, clicks on a subshell, displays, and what is left after closing."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab import api

ROOT = Path(__file__).parents[3]
PATIENCE_S = 90.0
VIEW = "application/vnd.jupyter.widget-view+json"

FILES = 40
STAGE = (
    '%%parallel_stage {name} --input "data/*.csv" --backend pool --workers 2 {flags}\n'
    "import time\n"
    "time.sleep({seconds})\n"
    "{{'file': path, 'least': least}}"
)


class Kernel:
    """A kernel, and a client that speaks to it as a browser does."""

    def __init__(self, folder: Path, ipython: Path) -> None:
        from jupyter_client.manager import KernelManager

        env = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(ipython)}
        env.pop("JPY_SESSION_NAME", None)
        env.pop("JUPYTER_AGILAB_PANEL", None)
        self.folder = folder
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env=env)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE_S)
        self.comms: dict[str, dict[str, Any]] = {}
        self.late: list[dict[str, Any]] = []

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def send(self, code: str, cell_id: str | None) -> str:
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": True}
        metadata = {"cellId": cell_id} if cell_id else {}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def hear(self, request: str) -> list[dict[str, Any]]:
        """Give the messages of a request until it is done; comm messages are kept by comm."""
        found: list[dict[str, Any]] = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE_S)
            self._note(message)
            if message["parent_header"].get("msg_id") != request:
                self.late.append(message)
                continue
            found.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return found

    def _note(self, message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "comm_open":
            self.comms[content["comm_id"]] = dict(content["data"].get("state", {}))
        elif message["msg_type"] == "comm_msg" and content["comm_id"] in self.comms:
            self.comms[content["comm_id"]].update(content["data"].get("state", {}))

    def run(self, code: str, cell_id: str | None = "cell") -> list[dict[str, Any]]:
        return self.hear(self.send(code, cell_id))

    def value(self, code: str) -> Any:
        """Run code in an invisible cell and give what it prints, read as JSON."""
        messages = self.run(f"import json\nprint(json.dumps({code}))", "probe")
        errors = [message["content"] for message in messages if message["msg_type"] == "error"]
        assert not errors, errors
        texts = [message["content"]["text"] for message in messages if message["msg_type"] == "stream"]
        return json.loads("".join(texts).strip().splitlines()[-1])

    def subshell(self) -> str:
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        reply = self.client.control_channel.get_msg(timeout=PATIENCE_S)
        return str(reply["content"]["subshell_id"])

    def act(self, what: str, subshell: str | None = None) -> None:
        """Ask for something as the newest view does."""
        comm = [key for key, state in self.comms.items() if "revision" in state][-1]
        content = {"type": "act", "request": 1, "what": what, "indexes": []}
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        if subshell:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "data").mkdir()
    for number in range(FILES):
        (folder / f"data/{number:02}.csv").write_text("a\n", "utf-8")
    made = Kernel(folder, tmp_path_factory.mktemp("ipython"))
    try:
        made.run("%load_ext jupyter_agilab\nleast = 3", "first")
        yield made
    finally:
        made.close()


def displays(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message["content"] for message in messages if message["msg_type"] == "display_data"]


def of_kind(kind: str, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message["content"] for message in messages if message["msg_type"] == kind]


def test_a_stage_shows_a_static_picture_and_below_it_the_panel(kernel: Kernel) -> None:
    messages = kernel.run(STAGE.format(name="quick", flags="", seconds=0.01), "cell-1")
    assert not of_kind("error", messages)
    picture, panel = displays(messages)
    assert "Stage quick" in picture["data"]["text/html"]
    assert "stage quick" in picture["data"]["text/plain"]
    assert VIEW not in picture["data"]
    assert panel["data"][VIEW]["model_id"] in kernel.comms
    assert panel["data"]["text/html"] == panel["data"]["text/plain"] == ""
    # the panel hides the picture by its class while it is there
    name = picture["data"]["text/html"].partition('class="agilab-twin ')[2].partition('"')[0]
    assert any(f".{name}{{display:none}}" in str(state.get("value")) for state in kernel.comms.values())


def test_without_a_front_end_no_widget_library_is_imported(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").write_text("a\n", "utf-8")
    kernel = Kernel(tmp_path, tmp_path / "ipython")
    try:
        kernel.run("%load_ext jupyter_agilab\nleast = 1", None)
        messages = kernel.run(STAGE.format(name="plain", flags="--run", seconds=0), None)
        assert not of_kind("error", messages)
        assert all(VIEW not in each["data"] for each in displays(messages))
        assert not of_kind("comm_open", messages)
        messages = kernel.run(
            "import sys\nprint([n for n in ('anywidget', 'ipywidgets') if n in sys.modules])", None
        )
        assert of_kind("stream", messages)[0]["text"] == "[]\n"
    finally:
        kernel.close()


def test_a_run_waits_and_its_last_state_stays_in_one_display(kernel: Kernel) -> None:
    messages = kernel.run("%parallel_run quick", "cell-2")
    assert not of_kind("error", messages)
    shown = displays(messages)
    run = next(each for each in shown if "Run of quick" in each["data"].get("text/html", ""))
    updates = of_kind("update_display_data", messages)
    assert {each["transient"]["display_id"] for each in updates} == {run["transient"]["display_id"]}
    assert f"{FILES} of {FILES} partitions done (100%)" in updates[-1]["data"]["text/html"]
    assert f"{FILES} of {FILES} have a result" in updates[-1]["data"]["text/plain"]
    assert "Result of quick" in shown[-1]["data"]["text/html"]
    assert kernel.value("len(list(quick.records()))") == FILES


BUSY = {
    "computes": "import time\nt0 = time.time()\nwhile time.time() - t0 < 600: pass",
    "sleeps": "import time\ntime.sleep(600)",
}


@pytest.mark.parametrize("how", BUSY)
def test_updates_arrive_and_stop_works_while_a_cell_is_busy(kernel: Kernel, how: str) -> None:
    subshell = kernel.subshell()
    kernel.run(STAGE.format(name="slow", flags="", seconds=1.5), "cell-3")
    kernel.run("%parallel_run slow --detach", "cell-4")
    deadline = time.monotonic() + PATIENCE_S
    while api.runs(kernel.folder, "slow")[0].state != "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kernel.late.clear()
    busy = kernel.send(BUSY[how], "busy")
    # revisions of the view come while the cell is busy
    revisions = 0
    while revisions < 3:
        message = kernel.client.get_iopub_msg(timeout=PATIENCE_S)
        state = (
            message["content"].get("data", {}).get("state", {}) if message["msg_type"] == "comm_msg" else {}
        )
        revisions += "revision" in state
        assert time.monotonic() < deadline
    kernel.act("stop", subshell)
    while api.runs(kernel.folder, "slow")[0].state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert api.runs(kernel.folder, "slow")[0].state == "stopped"
    # the cell would have gone on for a long time
    kernel.manager.interrupt_kernel()
    assert [each["ename"] for each in of_kind("error", kernel.hear(busy))] == ["KeyboardInterrupt"]
    # requests that follow an error at once are not executed
    time.sleep(0.5)


def test_an_interrupt_leaves_the_panel_watching_and_the_result_comes(kernel: Kernel) -> None:
    kernel.run(STAGE.format(name="going", flags="", seconds=0.2), "cell-5")
    request = kernel.send("%parallel_run going", "cell-6")
    deadline = time.monotonic() + PATIENCE_S
    while not [run for run in api.runs(kernel.folder, "going") if run.state == "running"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    messages = kernel.hear(request)
    assert "goes on" in str(of_kind("error", messages))
    (run_id,) = {each["transient"]["display_id"] for each in of_kind("update_display_data", messages)}
    while kernel.value("type(going).__name__") != "StageResult":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    # the saved picture was brought up to date although no cell was waiting
    last = [
        each
        for each in of_kind("update_display_data", kernel.late)
        if each["transient"]["display_id"] == run_id
    ]
    assert f"{FILES} of {FILES} partitions done (100%)" in last[-1]["data"]["text/html"]


def test_attach_shows_a_run_as_it_is_now(kernel: Kernel) -> None:
    messages = kernel.run("%parallel_attach going", "cell-7")
    assert not of_kind("error", messages)
    assert any(VIEW in each["data"] for each in displays(messages))
    messages = kernel.run("%parallel_attach slow --detach", "cell-8")
    assert not of_kind("error", messages)
    assert "stopped" in displays(messages)[0]["data"]["text/html"]
    assert any(VIEW in each["data"] for each in displays(messages))


def test_a_result_is_shown_with_its_run(kernel: Kernel) -> None:
    messages = kernel.run("quick", "cell-9")
    assert any(VIEW in each["data"] for each in displays(messages))
    (result,) = of_kind("execute_result", messages)
    assert "Result of quick" in result["data"]["text/html"]
    assert VIEW not in result["data"]


def test_a_cell_that_is_run_again_has_one_panel_and_there_are_never_many(kernel: Kernel) -> None:
    for _ in range(3):
        kernel.run("%parallel_plan quick", "cell-10")
    for number in range(12):
        kernel.run("%parallel_plan quick", f"other-{number}")
    count = "len(__import__('jupyter_agilab.panel.widgets.shown', fromlist=['x']).open_panels())"
    assert kernel.value(count) == 8


def test_nothing_is_left_after_fifty_openings_and_closings(kernel: Kernel) -> None:
    close = "from jupyter_agilab.panel.widgets.shown import close_panels\nclose_panels()"
    count = (
        "(lambda p, c, t, w: [len(c.get_comm_manager().comms), sorted(x.name for x in t.enumerate() if "
        "x.name.startswith('agilab')), len(p.Process().children(recursive=True)), p.Process().num_fds(), "
        "len(w._instances)])(__import__('psutil'), __import__('comm'), __import__('threading'), "
        "__import__('ipywidgets.widgets.widget', fromlist=['x']))"
    )
    kernel.run("%parallel_attach quick --detach", "warm")
    kernel.run(close, "probe")
    before = kernel.value(count)
    for number in range(50):
        kernel.run(
            "%parallel_attach quick --detach" if number % 2 else "%parallel_plan quick", f"cycle-{number}"
        )
        kernel.run(close, "probe")
    # ipykernel takes the pipe of a thread that has ended back every ten seconds
    deadline = time.monotonic() + PATIENCE_S
    while kernel.value(count)[3] > before[3] and time.monotonic() < deadline:
        time.sleep(0.5)
    comms, threads, children, handles, widgets = kernel.value(count)
    assert threads == []
    assert (comms, widgets) == (before[0], before[4])
    assert children <= before[2]
    assert handles <= before[3]


def test_a_choice_of_a_capture_makes_the_stage_anew(kernel: Kernel) -> None:
    cell = 'table = {"a": [1, 2]}\nlimit = 5'
    kernel.run(cell, "values")
    source = '%%parallel_stage chosen --input "data/*.csv"\n{"file": path, "sum": sum(table["a"]) + limit}'
    messages = kernel.run(source, "cell-20")
    assert not of_kind("error", messages)
    choice = next(
        key for key, state in kernel.comms.items() if state.get("description") == "table" and "index" in state
    )
    data = {"method": "update", "state": {"index": 1}, "buffer_paths": []}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", {"comm_id": choice, "data": data}))
    contract = kernel.folder / "chosen.parallel_stage.toml"
    deadline = time.monotonic() + PATIENCE_S
    while "[shared" not in contract.read_text("utf-8"):
        assert time.monotonic() < deadline
        kernel.value("1")
    assert "limit = 5" in contract.read_text("utf-8")
    trouble = (
        "__import__('jupyter_agilab.panel.widgets.shown', fromlist=['x']).open_panels()[-1].state.trouble"
    )
    assert kernel.value(trouble) == ""
