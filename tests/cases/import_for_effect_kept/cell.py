from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer

table = [[float(x) for x in row.split()] for row in path.split(",")]
IterativeImputer(random_state=0).fit_transform(table).round(3).tolist()
