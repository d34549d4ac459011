amounts = sorted(float(row["amount"]) for row in rows)
{"n": len(rows), "median": amounts[len(amounts) // 2]}
