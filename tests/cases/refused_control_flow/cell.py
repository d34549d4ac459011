if not path:
    return None
yield path
await asyncio.sleep(1)
async for x in path:
    pass
values = [y async for y in path]
values
