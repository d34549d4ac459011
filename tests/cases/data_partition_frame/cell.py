warm = df[df["t"] > 0]
result = pd.DataFrame(
    {
        "station": warm["station"],
        "kelvin": warm["t"] + 273.15,
        "log": np.log1p(warm["t"]),
    }
)
result
