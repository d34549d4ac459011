from IPython.display import HTML
import ipywidgets as widgets
