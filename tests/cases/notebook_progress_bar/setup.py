from tqdm.notebook import tqdm as progress
