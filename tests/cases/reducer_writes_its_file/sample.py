arguments = {"results": iter([{"loss": 3}, {"loss": 1}])}
