from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("UTC")
start = datetime(2013, 1, 1, tzinfo=ZoneInfo("UTC"))
step = timedelta(hours=6)
