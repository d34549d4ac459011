import pandas as pd

prices = pd.DataFrame({"item": ["tea"], "price": [2.0]})


def price_of(item):
    return float(prices.set_index("item")["price"][item])
