lr * 2
