Double().run(len(path))
