moment = datetime.fromisoformat(path).replace(tzinfo=ZONE)
(moment - start) // step
