api_key = "k-29384-abcdef-98765"
url = "postgresql://me:hunter22@db.example.org/flights"
pad_token = "<pad>"
aws = {"region": "eu", "id": "AKIAABCDEFGHIJKLMNOP"}
