def cube(side: float, *, seed: int) -> dict:
    return {"volume": side**3, "even": seed % 2 == 0}
