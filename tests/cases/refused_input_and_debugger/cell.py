name = input("file? ")
secret = getpass.getpass()
pdb.set_trace()
breakpoint()
path + name
