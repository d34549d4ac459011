if __name__ == "__main__":
    n = len(path)
n
