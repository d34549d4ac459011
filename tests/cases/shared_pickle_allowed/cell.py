round(float(model.predict([[len(path)]])[0]), 6)
