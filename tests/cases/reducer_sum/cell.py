# The carriers with the longest delays
frames = list(results)
total = pd.concat(frames).groupby("carrier", as_index=False)["delay"].sum()
total.nlargest(top, "delay").reset_index(drop=True)
