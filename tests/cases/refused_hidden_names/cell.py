scale = 3
value = eval("scale * 2")
names = list(globals())
exec("y = 1")
_ + len(path) + len(Out) + value + len(vars())
