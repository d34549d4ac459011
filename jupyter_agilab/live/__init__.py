"""Work that is started from code: single calls, maps over items, and many jobs through one workflow.

All of it runs at a *place* (`jupyter_agilab.live.places`): processes or threads of this machine, or the Dask
workers of a cluster. Results stay there until somebody asks for them.
"""
