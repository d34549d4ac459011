import re

LINE = re.compile(r"(?P<host>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] \"(?P<verb>[A-Z]+) ")
