stop_words = " ".join(f"word{i}" for i in range(1000))
