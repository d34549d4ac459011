try:
    import ujson_that_is_not_there as json
except ImportError:
    import json
