[alpha * k**beta for k in range(4)]
