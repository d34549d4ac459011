rows_read: Rows = [Row(w, len(w)) for w in path.split()]
total: float = sum(row.value for row in rows_read)
{"total": total, "first": rows_read[0].name}
