import io

arguments = {"file": io.BytesIO(b"abc" * 5000)}
