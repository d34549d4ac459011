[settings["limit"], path]
