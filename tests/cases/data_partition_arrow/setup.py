import pyarrow as pa
import pyarrow.compute as pc

table = pa.table({"v": [1, 2]})
