import pyarrow as pa

arguments = {"table": pa.table({"v": [4, 5, 6]})}
