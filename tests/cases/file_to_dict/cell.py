df = pd.read_csv(path)
{"rows": len(df), "mean_delay": df["delay"].mean()}
