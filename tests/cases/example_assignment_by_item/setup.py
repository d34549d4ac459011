import glob
