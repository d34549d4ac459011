"""How long the report of a large run takes: to be written, and to be opened in Chromium until all is drawn.

A real run of many tiny partitions is reported, once as it comes and once with many more tasks, and its page
is opened in fresh windows. An empty page is what the opening is set against.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path

from interleaved import in_turns, table
from playwright.sync_api import Browser, sync_playwright

from jupyter_agilab import RunSettings, report, submit

LIMIT_S = 3.0
EMPTY = '<!doctype html><html data-ready="yes"><title>empty</title>'


def reported(folder: Path, partitions: int, batch_size: int | None) -> tuple[Path, float]:
    """Run a sweep and write its report; gives the page and the seconds that writing it took."""
    folder.mkdir()
    (folder / "tiny.py").write_text("def tiny(i):\n    return {'i': i}\n", "utf-8")
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
    status = submit(contract, RunSettings(batch_size=batch_size)).wait()
    if status.state != "finished":
        raise SystemExit(f"the run {status.state}: {status.message}")
    begun = time.perf_counter()
    path = report("tiny", folder=folder)
    return path, time.perf_counter() - begun


def opened(browser: Browser, path: Path) -> float:
    """Give the seconds from asking for a page until it says that all is drawn."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    begun = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    seconds = time.perf_counter() - begun
    page.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--partitions", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="fewer repeats")
    options = parser.parse_args()
    repeats = 3 if options.short else options.repeats
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("Chromium is not installed (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        pages = {"an empty page": Path(name, "empty.html")}
        pages["an empty page"].write_text(EMPTY, "utf-8")
        for case, batch_size in {"tasks as they come": None, "20 partitions in a task": 20}.items():
            path, wrote_s = reported(Path(name, f"run{batch_size}"), options.partitions, batch_size)
            print(f"{case}: {path.stat().st_size / 1e6:.1f} MB, written in {wrote_s:.2f} s")
            pages[case] = path
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        opened(browser, pages["an empty page"])
        ways = {case: partial(opened, browser, path) for case, path in pages.items()}
        seconds = in_turns(ways, repeats)
        browser.close()
    print(table(f"opening the report of {options.partitions:,} partitions", seconds, "an empty page"))
    slowest = max(max(values) for values in seconds.values())
    print(f"all below {LIMIT_S:.0f} s" if slowest < LIMIT_S else f"OVER {LIMIT_S:.0f} s: {slowest:.1f} s")


if __name__ == "__main__":
    main()
