best = min(results, key=lambda r: r["loss"])
with open("best.txt", "w") as f:
    f.write(str(best["loss"]))
best
