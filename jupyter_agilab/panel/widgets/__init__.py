"""The live panel: controls and a view of partitions and workers, for notebooks with a front end."""
