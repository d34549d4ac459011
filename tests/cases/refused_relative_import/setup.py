from . import cleaning
