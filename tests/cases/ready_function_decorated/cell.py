@timed
def words(path):
    return len(path.split())
