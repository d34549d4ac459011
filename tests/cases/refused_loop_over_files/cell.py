for file_name in sorted(Path("data").glob("*.csv")):
    totals.append(len(file_name.read_text().splitlines()))
totals
