days = (dt.date.fromisoformat(path) - start).days
{
    "value": threshold * count,
    "label": label,
    "strict": strict,
    "columns": [c.upper() for c in columns],
    "span": limits["high"] - limits["low"],
    "size": size + (1,),
    "days": days,
    "file": (folder / "x.txt").as_posix(),
    "nothing": nothing is None,
}
