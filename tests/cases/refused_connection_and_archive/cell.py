rows_found = cursor.execute("select 1").fetchall()
archive.namelist() + [path, connection, rows_found]
