open(csv_path).read()
