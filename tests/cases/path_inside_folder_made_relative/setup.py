from pathlib import Path

reference = "/srv/project/reference/stations.csv"
plots = Path("/srv/project/plots")
elsewhere = "/srv/other/x.csv"
