async def fetch(path):
    return path
