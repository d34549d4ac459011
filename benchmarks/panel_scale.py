"""How the live panel bears 100,000 and 1,000,000 partitions, in JupyterLab in Chromium.

A notebook shows the panel of a sweep. From the browser's side: how long until bars and rows are on the
screen, frames per second while scrolling and while the pointer moves over the worker map, and the bytes of
all messages from the kernel during a real run of tiny partitions. From the kernel's side: the processor time
that it takes meanwhile; the run itself is a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

LIMITS = {
    "first paint": 1.0,
    "frames while scrolling": 30,
    "frames while hovering": 30,
    "bytes per second": 200_000,
    "largest message": 1_000_000,
    "kernel CPU": 10.0,
}
SHOW = """
import os, time
from pathlib import Path
from jupyter_agilab import api
from jupyter_agilab.panel.widgets.stage_panel import StagePanel
panel = StagePanel(Path("tiny.parallel_stage.toml"), "bench", section="scale")
planned = time.time()
panel.display()
print(os.getpid(), planned)
"""
RUN = "from jupyter_agilab import RunSettings\npanel.jobs.start(RunSettings(force=True))"
SCROLL = """seconds => new Promise(done => {
    const grid = document.querySelector('.agl-grid');
    const begun = performance.now();
    let frames = 0;
    const step = () => {
        frames += 1;
        grid.scrollTop += frames % 200 < 190 ? 37 : 20_000;
        const passed = performance.now() - begun;
        if (passed < 1000 * seconds) requestAnimationFrame(step);
        else done(1000 * frames / passed);
    };
    requestAnimationFrame(step);
})"""
HOVER = """seconds => new Promise(done => {
    const canvas = document.querySelector('.agl-cover');
    const edge = canvas.getBoundingClientRect();
    const begun = performance.now();
    let frames = 0;
    const step = () => {
        frames += 1;
        const clientX = edge.left + 140 + (frames * 3) % (edge.width - 240);
        const at = { clientX, clientY: edge.top + 20 + frames % 30 };
        canvas.dispatchEvent(new PointerEvent('pointermove', { ...at, bubbles: true }));
        const passed = performance.now() - begun;
        if (passed < 1000 * seconds) requestAnimationFrame(step);
        else done(1000 * frames / passed);
    };
    requestAnimationFrame(step);
})"""


def browser_tests() -> Any:
    """Give the module of the browser tests: the same server and front end."""
    path = Path(__file__).parents[1] / "tests" / "browser" / "conftest.py"
    spec = importlib.util.spec_from_file_location("browser_tests", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # dataclasses look for it there
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Wire:
    """What came from the kernel over the page's websockets."""

    def __init__(self, page: Any) -> None:
        self.largest = 0
        self.by_second: Counter[int] = Counter()
        self.is_noting = False
        page.on("websocket", lambda socket: socket.on("framereceived", self._note))

    def _note(self, payload: Any) -> None:
        length = len(payload)
        self.largest = max(self.largest, length)
        if self.is_noting:
            self.by_second[int(time.monotonic())] += length


def write_stage(folder: Path, partitions: int) -> None:
    """Write a sweep of tiny partitions, of which two workers finish about 5,000 in a second."""
    module = "import time\n\n\ndef tiny(i):\n    time.sleep(0.0003)\n    return {'i': i}\n"
    (folder / "tiny.py").write_text(module, "utf-8")
    (folder / "grid.json").write_text(json.dumps({"i": list(range(partitions))}), "utf-8")
    keys = {
        "schema": "agilab.parallel_stage.v1",
        "name": "tiny",
        "function": "tiny.py:tiny",
        "split": "parameter-sweep",
        "input": "grid.json",
        "workers": 2,
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "min_partitions_per_worker": 1,
        "reducer": "concat-jsonl",
        "backend": "pool",
        "output": "tiny.jsonl",
    }
    contract = folder / "tiny.parallel_stage.toml"
    contract.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items()), "utf-8")


def opened(front_end: Any, wait_ms: int) -> tuple[float, int]:
    """Show the panel; gives the seconds from the plan to its first picture, and the kernel's process."""
    page = front_end.page
    front_end.run(0)
    page.wait_for_selector(".agl[data-painted]", timeout=wait_ms)
    pid, planned = front_end.output(0).locator("pre").last.text_content().split()
    return int(page.locator(".agl").get_attribute("data-painted")) / 1000 - float(planned), int(pid)


def paint_seconds(front_end: Any, name: str, repeats: int) -> list[float]:
    """Give the seconds from a plan that is there to the first picture of it, in notebooks opened anew."""
    seconds = []
    for _ in range(repeats):
        front_end.open(name)
        seconds.append(opened(front_end, 240_000)[0])
    return seconds


def run_figures(front_end: Any, wire: Wire, pid: int) -> dict[str, float]:
    """Run the stage; gives what came over the wire and what the kernel used meanwhile."""
    page = front_end.page
    kernel = psutil.Process(pid)
    front_end.run(1)
    done = "Number(document.querySelector('.agl-progress').ariaValueNow)"
    page.wait_for_function(f"{done} > 1000", timeout=120_000)
    wire.by_second.clear()
    wire.is_noting = True
    begun, at_first, used = time.monotonic(), page.evaluate(done), sum(kernel.cpu_times()[:2])
    page.wait_for_selector(".agl[data-mode=ended]", timeout=400_000)
    took, at_last = time.monotonic() - begun, page.evaluate(done)
    wire.is_noting = False
    used = sum(kernel.cpu_times()[:2]) - used
    whole = [wire.by_second[second] for second in sorted(wire.by_second)][1:-1] or [0]
    return {
        "partitions per second": (at_last - at_first) / took,
        "bytes per second": sum(wire.by_second.values()) / took,
        "worst second": max(whole),
        "kernel CPU": 100 * used / took,
    }


def judged(name: str, value: float, text: str) -> bool:
    """Print a figure beside its limit."""
    limit = LIMITS[name]
    is_good = value >= limit if name.startswith("frames") else value <= limit
    print(
        f"  {name:<24} {text:>16}   {'limit' if not name.startswith('frames') else 'least'} {limit:>9,g}   "
        f"{'good' if is_good else 'MISSED'}"
    )
    return is_good


def measure(tools: Any, browser: Any, partitions: int, options: argparse.Namespace) -> bool:
    """Measure one size."""
    print(f"{partitions:,} partitions")
    with tempfile.TemporaryDirectory() as name:
        server = tools.Server(Path(name))
        try:
            write_stage(server.root, partitions)
            server.notebook("panel.ipynb", SHOW, RUN)
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.set_default_timeout(120_000)
            wire = Wire(page)
            front_end = tools.FrontEnd(page, server, "lab")
            results = [_looked_at(front_end, wire, options)]
            if partitions <= options.most_run:
                pid = int(front_end.output(0).locator("pre").last.text_content().split()[0])
                told = run_figures(front_end, wire, pid)
                print(f"  a run, {told['partitions per second']:,.0f} partitions per second:")
                rate, worst = told["bytes per second"], told["worst second"]
                results += [
                    judged("bytes per second", rate, f"{rate:,.0f} (max {worst:,.0f})"),
                    judged("kernel CPU", told["kernel CPU"], f"{told['kernel CPU']:.1f} %"),
                ]
            results.append(judged("largest message", wire.largest, f"{wire.largest:,}"))
            front_end.shut()
            page.close()
        finally:
            server.stop()
    return all(results)


def _looked_at(front_end: Any, wire: Wire, options: argparse.Namespace) -> bool:
    page = front_end.page
    seconds = paint_seconds(front_end, "panel.ipynb", options.repeats)
    median = statistics.median(seconds)
    results = [judged("first paint", median, f"{median:.2f} s (max {max(seconds):.2f})")]
    page.locator(".agl-grid").scroll_into_view_if_needed()
    frames = page.evaluate(SCROLL, options.seconds)
    results.append(judged("frames while scrolling", frames, f"{frames:.0f}"))
    page.locator(".agl-cover").scroll_into_view_if_needed()
    frames = page.evaluate(HOVER, options.seconds)
    results.append(judged("frames while hovering", frames, f"{frames:.0f}"))
    grid = page.locator(".agl-grid")
    total = int(grid.get_attribute("aria-rowcount")) - 1
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    page.wait_for_selector(f".agl-body .agl-row[data-place='{total - 1}']")
    begun = time.monotonic()
    page.get_by_label("Search partitions").fill(f"i={total - 1}")
    page.wait_for_function("document.querySelector('.agl-grid').ariaRowCount === '2'", timeout=240_000)
    print(f"  scrolled to the end; a search through all took {time.monotonic() - begun:.1f} s")
    page.get_by_role("button", name="Clear search and filters").click()
    return all(results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--partitions", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument(
        "--most-run", type=int, default=100_000, help="run stages of at most so many partitions"
    )
    parser.add_argument("--repeats", type=int, default=5, help="how often the panel is opened")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to scroll and to hover")
    parser.add_argument("--short", action="store_true", help="20,000 partitions, opened once")
    options = parser.parse_args()
    if options.short:
        options.partitions, options.repeats, options.seconds = [20_000], 1, 2.0
    tools = browser_tests()
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(tools.shutil.which, tools.NAMES)), None)
    if path is None:
        raise SystemExit("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(tools.FLAGS))
        good = [measure(tools, browser, partitions, options) for partitions in options.partitions]
        browser.close()
    print("all within their limits" if all(good) else "SOME ARE OUTSIDE THEIR LIMITS")


if __name__ == "__main__":
    main()
