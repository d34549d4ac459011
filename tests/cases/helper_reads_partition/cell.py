out = df.assign(share=share("x"))
out
