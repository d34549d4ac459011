"""The kind of value that functions of libraries give, by their full name."""

from __future__ import annotations

_BY_KIND = {
    "str": "os.path.join os.path.basename os.path.dirname os.path.splitext os.path.abspath "
    "os.getcwd json.dumps re.sub "
    "os.path.normpath os.path.expanduser time.strftime os.getenv",
    "list": "glob.glob os.listdir re.findall re.split sorted json.loads_list pandas.read_html "
    "numpy.array_split",
    "iterator": "glob.iglob os.walk os.scandir itertools.product itertools.chain itertools.combinations "
    "itertools.permutations itertools.islice itertools.count itertools.cycle itertools.repeat "
    "itertools.starmap "
    "itertools.chain.from_iterable csv.reader csv.DictReader itertools.accumulate",
    "groups": "itertools.groupby",
    "dict": "collections.defaultdict collections.OrderedDict collections.Counter yaml.safe_load",
    "path": "pathlib.Path pathlib.PurePath",
    "frame": "pandas.read_csv pandas.read_excel pandas.read_parquet pandas.read_json "
    "pandas.read_table pandas.DataFrame "
    "pandas.read_sql pandas.read_sql_query pandas.read_hdf pandas.read_pickle "
    "pandas.read_feather pandas.concat "
    "pandas.merge polars.read_csv polars.read_parquet polars.concat polars.DataFrame geopandas.read_file "
    "pandas.pivot_table pandas.crosstab pandas.json_normalize pandas.get_dummies polars.scan_csv "
    "polars.scan_parquet geopandas.GeoDataFrame pandas.melt pandas.read_fwf pandas.read_stata "
    "pandas.read_sas "
    "dask.dataframe.read_csv dask.dataframe.read_parquet dask.dataframe.from_pandas pandas.read_clipboard",
    "series": "pandas.Series pandas.cut pandas.qcut",
    "date": "pandas.Timestamp pandas.to_datetime datetime.datetime datetime.date "
    "datetime.timedelta datetime.datetime.now "
    "datetime.datetime.strptime pandas.Timedelta datetime.date.today datetime.datetime.utcfromtimestamp",
    "dates": "pandas.date_range pandas.period_range pandas.bdate_range",
    "number": "time.time time.perf_counter os.path.getsize os.path.getmtime sklearn.metrics.accuracy_score "
    "sklearn.metrics.mean_squared_error sklearn.metrics.r2_score sklearn.metrics.f1_score "
    "sklearn.metrics.roc_auc_score sklearn.metrics.silhouette_score sklearn.metrics.mean_absolute_error "
    "sklearn.metrics.precision_score sklearn.metrics.recall_score sklearn.metrics.log_loss numpy.trapz "
    "sklearn.metrics.explained_variance_score",
    "bool": "os.path.exists os.path.isfile os.path.isdir os.path.isabs",
    "rng": "numpy.random.default_rng numpy.random.RandomState random.Random "
    "numpy.random.Generator torch.Generator",
    "xarray": "xarray.open_dataset xarray.open_mfdataset xarray.open_dataarray xarray.DataArray "
    "xarray.Dataset "
    "xarray.concat xarray.merge xarray.open_zarr xarray.load_dataset",
    "array": "numpy.load numpy.loadtxt numpy.genfromtxt cv2.imread skimage.io.imread "
    "imageio.imread imageio.v3.imread "
    "matplotlib.pyplot.imread sklearn.model_selection.cross_val_score "
    "scipy.ndimage.gaussian_filter",
    "logger": "logging.getLogger",
    "image": "PIL.Image.open PIL.Image.new PIL.Image.fromarray",
    "list_of_counts": "sklearn.metrics.confusion_matrix",
}
GIVEN_KINDS = {name: kind for kind, names in _BY_KIND.items() for name in names.split()}
"""Full name of a function to the kind of its value."""
