source_name = glob.glob("data/*.txt")[0]
with open(source_name) as lines_in:
    count = sum(1 for _ in lines_in)
count
