image = np.load(path)
crop = image[roi]
counts, _ = np.histogram(crop, bins=np.linspace(0, 256, bins + 1))
darkest = np.unravel_index(crop.argmin(), crop.shape)
{"counts": counts.tolist(), "darkest": [int(i) for i in darkest]}
