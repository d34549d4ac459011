slider = widgets.IntSlider()
HTML(f"<b>{path}</b>")
