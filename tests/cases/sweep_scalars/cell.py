# Gradient descent on a parabola

x, v = 5.0, 0.0
for _ in range(steps):
    v = momentum * v - lr * 2 * x
    x += v
{"lr": lr, "momentum": momentum, "x": float(np.round(x, 6))}
