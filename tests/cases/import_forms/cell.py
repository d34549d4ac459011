groups = dd(list)
groups[os.path.splitext(path)[1]].append(round(sin(PI / 2), 3))
root = xml.etree.ElementTree.fromstring("<a><b/></a>")
tags = [e.tag for e in root]
{"groups": dict(groups), "tags": tags, "norm": float(la.norm([3.0, 4.0]))}
