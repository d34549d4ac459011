import json

json.dumps([path, api_key, url, pad_token, aws])
