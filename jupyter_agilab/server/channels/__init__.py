"""The WebSockets: one file for each subject, with ``ROUTES`` as those of `jupyter_agilab.server.routes`."""
