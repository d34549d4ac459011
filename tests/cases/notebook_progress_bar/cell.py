from tqdm.notebook import trange

sum(len(part) + i for part in progress(path.split()) for i in trange(2))
