records = [{"amount": "1.5"}, {"amount": "9"}, {"amount": "2"}]
kernel_arguments = {"rows": records}
arguments = {"rows": iter(records)}
