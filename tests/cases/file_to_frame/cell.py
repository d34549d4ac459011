# Clean one month of flights.
# Cancelled flights have no departure time.

df = pd.read_csv(path)
df = df.dropna(subset=["dep_time"])
df["late"] = df["delay"] > limit_minutes  # a Boolean column

df.groupby("carrier", as_index=False)["late"].mean()
