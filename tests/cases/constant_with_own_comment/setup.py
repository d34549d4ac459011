# seconds between two samples
INTERVAL_S = 0.25  # from the data sheet


def seconds(samples):
    return samples * INTERVAL_S
