import getpass
import pdb
