csv_path = "a.csv"
