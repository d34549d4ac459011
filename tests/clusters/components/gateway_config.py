"""What dask-gateway-server reads (``-f``): it runs this file with ``c``, its configuration, in reach."""

import os
import sys

from dask_gateway_server.options import Integer, Options

c = get_config()  # noqa: F821  # it puts this here

c.DaskGateway.address = "127.0.0.1:0"
c.Proxy.address = f"127.0.0.1:{os.environ['GATEWAY_PORT']}"
c.DaskGateway.backend_class = "dask_gateway_server.backends.local.UnsafeLocalBackend"
c.DaskGateway.authenticator_class = "dask_gateway_server.auth.SimpleAuthenticator"
# where it is not set, any password will do
c.SimpleAuthenticator.password = os.environ["GATEWAY_PASSWORD"]
# the usual commands, dask-scheduler and dask-worker, are gone from distributed since 2026.6
c.ClusterConfig.scheduler_cmd = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
c.ClusterConfig.worker_cmd = [sys.executable, "-m", "distributed.cli.dask_worker"]
c.ClusterConfig.worker_cores = 1
c.ClusterConfig.worker_memory = "2 G"
c.ClusterConfig.cluster_max_workers = 4
c.UnsafeLocalBackend.clusters_directory = os.environ["GATEWAY_FOLDER"]
c.UnsafeLocalBackend.sigint_timeout = 2
c.DBBackendBase.db_url = "sqlite://"
c.Backend.cluster_options = Options(Integer("worker_cores", 1, min=1, max=2))
