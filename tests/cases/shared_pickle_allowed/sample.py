from sklearn.linear_model import LinearRegression

arguments = {"path": "abc"}
shared = {"model": LinearRegression().fit([[0], [1]], [0, 2])}
