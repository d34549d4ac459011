depth * width
