import matplotlib.pyplot as plt

n = len(path)
plt.show()
n
