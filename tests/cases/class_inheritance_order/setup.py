class Base:
    def run(self, x):
        return self.step(x) + 1

# %%
class Double(Base):
    def step(self, x):
        return 2 * x
