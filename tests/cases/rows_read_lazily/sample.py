arguments = {"rows": iter([{"amount": "1.5"}, {"amount": "2"}])}
