import io
import sqlite3
import zipfile

connection = sqlite3.connect(":memory:")
cursor = connection.cursor()
archive = zipfile.ZipFile(io.BytesIO(), "w")
connection.close()
