rows = [{"amount": "3"}]
