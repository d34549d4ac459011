"""The panel's view of partitions and workers without a kernel: plans and runs, over a socket."""
