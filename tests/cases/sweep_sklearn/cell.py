X, y = load_iris(return_X_y=True)
model = RandomForestClassifier(
    n_estimators=n_estimators, max_depth=max_depth, random_state=seed
)
scores = cross_val_score(model, X, y, cv=3)
{"mean": scores.mean(), "spread": scores.std()}
