"""``cluster install``: put what a stage needs on hosts, only what is missing."""
