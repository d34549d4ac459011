total = 0.0
for row in rows:
    total += float(row["amount"])
{"total": total}
