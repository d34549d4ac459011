total = pc.sum(table["v"]).as_py()
{"total": total, "rows": table.num_rows}
