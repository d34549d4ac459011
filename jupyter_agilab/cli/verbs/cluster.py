"""``jupyter agilab cluster check|install|start|status|health|stop``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb, natural, positive
from jupyter_agilab.errors import UsageError


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        # what stands before the action's name counts too
        made.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document to stdout"
        )
        return made

    check = action("check", "say whether its hosts have what a run needs")
    check.add_argument("name", metavar="NAME", help="a cluster of clusters.toml")
    check.add_argument("path", metavar="PATH", nargs="?", help="a contract, or a stage's name")
    install = action("install", "put what a stage needs on its hosts")
    install.add_argument("name", metavar="NAME", help="a cluster of clusters.toml")
    install.add_argument("path", metavar="PATH", nargs="?", help="a contract, or a stage's name")
    start = action("start", "start workers that stay between runs")
    start.add_argument("name", metavar="NAME", help="a cluster of clusters.toml")
    start.add_argument("--lease", metavar="TIME", help="end it when unused for so long: 90s, 30m, 8h (30m)")
    start.add_argument("--workers", metavar="N", type=positive, help="workers, where its table does not say")
    status = action("status", "show what is started")
    status.add_argument("name", metavar="NAME", nargs="?", help="one of them")
    health = action("health", "print AGILAB's health document, and judge it by the exit code")
    health.add_argument("name", metavar="NAME", help="a started cluster")
    health.add_argument("--max-unhealthy", metavar="N", type=natural, default=0, help="let so many be (0)")
    health.add_argument("--max-restart-rate", metavar="R", type=_rate, default=0.25, help="per worker (0.25)")
    health.add_argument("--allow-idle", action="store_true", help="let pass what nobody uses")
    stop = action("stop", "end what is started")
    stop.add_argument("name", metavar="NAME", nargs="?", help="a started cluster")
    stop.add_argument("--all", action="store_true", help="all that this user started, in all folders")


def _rate(text: str) -> float:
    """Read a number of at least 0; the type of an argument."""
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not rate >= 0:
        raise argparse.ArgumentTypeError(f"expected a number of at least 0, got {text!r}")
    return rate


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    return _ACTIONS[args.action](args, terminal)


def _check(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.cluster_text import cluster_text

    report = api.check_cluster(args.name, args.path)
    terminal.answer(report.to_json())
    terminal.show(cluster_text(report, terminal.width))
    return GOOD if report.ok else FOUND


def _install(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.cluster_text import install_text

    done = api.install_cluster(args.name, args.path)
    good = not any(each.failed for each in done)
    terminal.answer({"cluster": args.name, "ok": good, "hosts": [each.to_json() for each in done]})
    terminal.show(install_text(done, terminal.width))
    return GOOD if good else FOUND


def _start(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.service_text import seconds_of, services_text

    lease_s = None if args.lease is None else seconds_of(args.lease)
    status = api.start_cluster(
        args.name,
        lease_s=lease_s,
        workers=args.workers,
        on_wait=lambda why: terminal.say(f"waiting: {why}") if why else None,
    )
    terminal.answer(status.to_json())
    terminal.show(services_text([status], terminal.width))
    terminal.say(f"use it:  jupyter agilab run STAGE --cluster {args.name}")
    terminal.say(f"end it:  jupyter agilab cluster stop {args.name}")
    return GOOD


def _status(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.service_text import services_text

    found = [api.cluster_status(args.name)] if args.name else api.clusters_started()
    terminal.answer(found[0].to_json() if args.name else {"clusters": [each.to_json() for each in found]})
    terminal.show(services_text(found, terminal.width))
    return GOOD


def _health(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.cli.terminal import json_text
    from jupyter_agilab.run.clusters.service.health import Gate, judged

    health = api.cluster_health(args.name)
    verdict = judged(health, Gate(args.max_unhealthy, args.allow_idle, args.max_restart_rate))
    terminal.answer(health)
    terminal.show(json_text(health, indent=2))
    terminal.say(verdict.told)
    return verdict.code


def _stop(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api

    if bool(args.name) == args.all:
        raise UsageError("name one cluster, or all of them: cluster stop NAME, or cluster stop --all")
    stopped = api.stop_all_clusters() if args.all else [args.name] * api.stop_cluster(args.name)
    terminal.answer({"stopped": stopped})
    terminal.show("\n".join(stopped))
    terminal.say(f"ended: {len(stopped)}" if stopped else "nothing was started")
    return GOOD


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Terminal], int]] = {
    "check": _check,
    "install": _install,
    "start": _start,
    "status": _status,
    "health": _health,
    "stop": _stop,
}

VERB = Verb(
    name="cluster",
    summary="check clusters, and keep their workers alive",
    description="Look whether a cluster is fit for a stage, and keep its workers alive between runs.",
    add_arguments=_add_arguments,
    execute=_execute,
)
