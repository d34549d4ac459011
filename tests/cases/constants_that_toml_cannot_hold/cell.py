found = pattern.search(path)
{
    "km": int(found[1]),
    "colours": sorted(colours),
    "code": codes[2],
    "gross": str(100 * (1 + rate)),
    "pairs": [a + b for a, b in pairs],
    "raw": len(raw),
}
