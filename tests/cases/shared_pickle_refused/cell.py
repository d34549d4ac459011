float(model.predict([[len(path)]])[0])
