"""``%parallel_cluster``: check clusters, and keep their workers alive between runs."""

from __future__ import annotations

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser, whole

CLUSTER = MagicParser(
    "%parallel_cluster",
    """Check a cluster of clusters.toml, start its workers so that they stay between runs, or end them.

    %parallel_cluster check lab clean
    %parallel_cluster start lab --lease 2h
    %parallel_cluster status
    %parallel_cluster stop lab""",
)
CLUSTER.add_argument(
    "action",
    choices=("check", "start", "status", "stop"),
    metavar="ACTION",
    help="check, start, status or stop",
)
CLUSTER.add_argument("name", nargs="?", metavar="NAME", help="the cluster; not needed for status")
CLUSTER.add_argument("stage", nargs="?", metavar="STAGE", help="check: the stage whose needs are looked for")
CLUSTER.add_argument("--lease", metavar="TIME", help="start: end it when unused for so long: 30m, 8h")
CLUSTER.add_argument("--workers", type=whole, metavar="N", help="start: where its table does not say")
CLUSTER.add_argument("--all", action="store_true", help="stop: all that are started, in all folders")


@magics_class
class ClusterMagics(Family):
    """The magic of clusters."""

    @declare.line(CLUSTER)
    def parallel_cluster(self, line: str) -> None:
        """Do the action and show what came of it."""
        arguments = CLUSTER.read(line)
        if arguments.name is None and arguments.action in {"check", "start"}:
            CLUSTER.error(f"name a cluster: %parallel_cluster {arguments.action} NAME")
        if arguments.action == "stop" and (arguments.name is None) != arguments.all:
            CLUSTER.error("name one cluster, or all: %parallel_cluster stop NAME, or stop --all")
        from jupyter_agilab import api
        from jupyter_agilab.panel.cluster_view import ClusterView, ServicesView
        from jupyter_agilab.panel.service_text import seconds_of

        if arguments.action == "check":
            path = self.stage_contract(arguments.stage) if arguments.stage else None
            self.session.display(ClusterView(api.check_cluster(arguments.name, path)))
            return
        if arguments.action == "start":
            lease_s = seconds_of(arguments.lease) if arguments.lease else None
            found = [api.start_cluster(arguments.name, lease_s=lease_s, workers=arguments.workers)]
        elif arguments.action == "status":
            found = [api.cluster_status(arguments.name)] if arguments.name else api.clusters_started()
        else:
            if arguments.all:
                api.stop_all_clusters()
            else:
                api.stop_cluster(arguments.name)
            found = api.clusters_started()
        self.session.display(ServicesView(found))
