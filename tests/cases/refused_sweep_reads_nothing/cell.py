depth**2
