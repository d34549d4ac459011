"""``cluster check``: whether the hosts, workers or jobs of a cluster have what a run needs."""
