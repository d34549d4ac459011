import re

errors = re.findall(r"^ERROR (\w+)", filename.read_text(), flags=re.MULTILINE)
sorted(set(errors))
