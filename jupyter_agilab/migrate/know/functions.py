"""What functions of libraries do, by their full name."""

from __future__ import annotations

import builtins

from jupyter_agilab.migrate.know.given_kinds import GIVEN_KINDS
from jupyter_agilab.migrate.know.known import Known
from jupyter_agilab.migrate.know.words import words
from jupyter_agilab.migrate.know.world import GLOBAL, WRITES

_SCALARS = """
abs round len int float str bool ord chr hex oct bin divmod pow hash id repr ascii format complex bytes
isinstance issubclass callable hasattr type
"""
_BUILTINS: dict[str, Known] = {
    **{name: Known("pure", "", is_cheap=True) for name in _SCALARS.split()},
    **{
        name: Known("pure", "str", is_cheap=True)
        for name in words(
            """
    str repr format chr hex bin ascii
"""
        )
    },
    **{name: Known("pure", "int", is_cheap=True) for name in ["len", "int", "ord", "hash", "id"]},
    **{name: Known("pure", "number", is_cheap=True) for name in ["float", "round", "abs", "sum", "pow"]},
    **{
        name: Known("pure", "bool", is_cheap=True)
        for name in words(
            """
    bool isinstance callable hasattr any all
"""
        )
    },
    **{name: Known("pure", "", shares=True, is_cheap=True) for name in ["min", "max", "getattr", "vars"]},
    **{name: Known("pure", "list", shares=True, is_cheap=True) for name in ["list", "sorted"]},
    **{name: Known("pure", "tuple", shares=True, is_cheap=True) for name in ["tuple", "slice", "frozenset"]},
    "dict": Known("pure", "dict", shares=True, is_cheap=True),
    "set": Known("pure", "set", shares=True, is_cheap=True),
    **{
        name: Known("pure", "iterator", shares=True, is_cheap=True)
        for name in words(
            """
    enumerate zip reversed filter map iter
"""
        )
    },
    "range": Known("pure", "range", is_cheap=True),
    "type": Known("pure", "class", is_cheap=True),
    "print": Known("prints", "none", is_cheap=True),
    "display": Known("prints", "none", is_cheap=True),
    "input": Known("asks", "str"),
    "breakpoint": Known("asks", "none"),
    "open": Known("handle", "handle", detail="0"),
    "next": Known("mutates", "", shares=True, is_cheap=True, detail="next"),
    "setattr": Known("mutates", "none", is_cheap=True),
    "delattr": Known("mutates", "none", is_cheap=True),
    "exec": Known("global", "none", detail="whatever the executed text changes"),
    "eval": Known("global", "", detail="whatever the evaluated text changes"),
    "globals": Known("global", "", detail="the notebook's names"),
    "locals": Known("global", "", detail="the notebook's names"),
    "super": Known("pure", "", shares=True, is_cheap=True),
    "exit": Known("exits", "none"),
    "quit": Known("exits", "none"),
}

_NUMPY_SCALAR = frozenset(
    words(
        """
    sqrt abs log log10 log2 log1p exp expm1 sin cos tan arctan arctan2 arcsin arccos sinh cosh tanh
    isnan isfinite isinf round floor ceil sign power float64 float32 int64 int32 array asarray deg2rad
    rad2deg radians degrees zeros ones empty full arange linspace append isclose allclose maximum
    minimum sum mean average logical_not logical_and logical_or std var median percentile quantile min
    max nanmean count_nonzero unique timedelta64 datetime64 ravel reshape
"""
    )
)
_NUMPY_NUMBER = frozenset(
    words(
        """
    mean average std var median sum prod percentile quantile min max nanmean nanstd nanmedian nansum
    nanmin nanmax amin amax dot_scalar count_nonzero argmax argmin trapz trapezoid float64 linalg.norm
    ptp linalg.det linalg.cond size ndim isnan allclose array_equal
"""
    )
)
_ELEMENTWISE = frozenset(
    words(
        """
    sqrt abs log exp log10 log1p expm1 power sin cos tan round square floor ceil absolute sign
"""
    )
)
_NUMPY_SHARING = frozenset(
    words(
        """
    asarray asanyarray reshape ravel squeeze transpose atleast_1d atleast_2d broadcast_to nditer real
    imag swapaxes moveaxis expand_dims diag diagonal split array_split hsplit vsplit flip
    ascontiguousarray asfortranarray rollaxis rot90
"""
    )
)
_NUMPY_MUTATING = frozenset(
    words(
        """
    copyto put place putmask fill_diagonal put_along_axis add.at subtract.at
"""
    )
)
_NOT_DRAWING = frozenset(
    words(
        """
    seed default_rng Generator RandomState SeedSequence PCG64 MT19937 Philox SFC64 get_state set_state
    BitGenerator Random SystemRandom getstate setstate
"""
    )
)

_CHEAP_WRITES = frozenset(
    {"os.remove", "os.unlink", "os.rename", "os.rmdir", "os.replace", "os.symlink", "os.link"}
)
_DRAWING_IN = frozenset(
    words(
        """
    cv2.rectangle cv2.circle cv2.line cv2.putText cv2.polylines cv2.drawContours cv2.fillPoly
    cv2.ellipse cv2.arrowedLine cv2.floodFill
"""
    )
)
_RUNNING = frozenset(
    ["subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.Popen", "os.system"]
)
_SEEDING = {
    "random.seed": "random",
    "numpy.random.seed": "numpy",
    "numpy.random.set_state": "numpy",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
    "torch.cuda.manual_seed": "torch",
    "torch.cuda.manual_seed_all": "torch",
    "tensorflow.random.set_seed": "tensorflow",
    "tensorflow.set_random_seed": "tensorflow",
    "tensorflow.keras.utils.set_random_seed": "tensorflow",
    "keras.utils.set_random_seed": "tensorflow",
}
_SEEDS_ALL = frozenset(
    {
        "seed_everything",
        "set_seed",
        "set_random_seed",
        "set_global_seeds",
        "set_seeds",
        "fix_seed",
        "set_all_seeds",
    }
)
_RANDOM_ESTIMATORS = frozenset(
    words(
        """
    RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor
    BaggingClassifier BaggingRegressor MLPClassifier MLPRegressor KMeans MiniBatchKMeans GaussianMixture
    BayesianGaussianMixture SGDClassifier SGDRegressor IsolationForest TSNE train_test_split resample
    shuffle ShuffleSplit StratifiedShuffleSplit RandomizedSearchCV NMF LatentDirichletAllocation UMAP
    RandomTreesEmbedding SpectralClustering permutation_importance make_classification make_regression
    make_blobs make_moons make_circles
"""
    )
)
_TORCH_DRAWS = frozenset(
    words(
        """
    rand randn randint randperm normal bernoulli multinomial rand_like randn_like randint_like poisson
"""
    )
)
_TORCH_RANDOM_START = frozenset(
    words(
        """
    Linear Conv1d Conv2d Conv3d LSTM GRU RNN Embedding Transformer TransformerEncoderLayer Bilinear
    ConvTranspose2d Dropout MultiheadAttention Parameter
"""
    )
)
_CHEAP_MODULES = words(
    """
    os.path. math. datetime. pathlib. itertools. collections. operator. string. re. statistics. copy.
    uuid. fractions. decimal. calendar. html. textwrap. enum. types. typing. dataclasses.
    matplotlib.colors. matplotlib.cm. functools. cmath. bisect. heapq. struct. base64. locale.
"""
)
_CHEAP = frozenset(
    words(
        """
    os.getcwd os.getpid os.getenv os.listdir os.makedirs os.mkdir os.cpu_count time.time
    time.perf_counter time.monotonic time.process_time time.strftime time.localtime json.dumps
    json.loads IPython.display.display IPython.display.clear_output IPython.display.Markdown
    IPython.display.HTML IPython.display.Image gc.collect sys.getsizeof pprint.pprint tqdm.tqdm.write
    pandas.Timestamp pandas.Timedelta pandas.to_datetime pandas.to_timedelta pandas.isna pandas.isnull
    pandas.notnull pandas.notna pandas.DateOffset pandas.Series pandas.DataFrame pandas.Interval
    warnings.warn warnings.simplefilter warnings.filterwarnings warnings.catch_warnings
    contextlib.suppress logging.getLogger dask.delayed joblib.delayed torch.no_grad torch.device
    torch.tensor threading.current_thread threading.get_ident socket.gethostname platform.node
"""
    )
)
_HANDLES = frozenset(
    words(
        """
    rasterio.open astropy.io.fits.open h5py.File netCDF4.Dataset sqlite3.connect gzip.open bz2.open
    lzma.open zipfile.ZipFile tarfile.open tables.open_file pandas.ExcelFile pandas.HDFStore
    pandas.ExcelWriter socket.socket psycopg2.connect matplotlib.backends.backend_pdf.PdfPages io.open
    codecs.open fiona.open pysam.AlignmentFile cv2.VideoCapture cv2.VideoWriter
    selenium.webdriver.Chrome selenium.webdriver.Firefox
"""
    )
)
_DEAR_PURE = words(
    """
    numpy. scipy. pandas. sklearn. polars. statsmodels. xarray. skimage. networkx. sympy. cv2. PIL.
    requests.get requests.post requests.head urllib.request.urlopen astropy. geopandas. shapely.
    rasterio. json. yaml. csv. time. glob. hashlib. zlib. pickle.loads Bio. rdkit. librosa. metpy.
    xgboost. lightgbm. catboost. h5py. netCDF4. dask. joblib. statistics. imageio. nltk. gensim. pint.
    pyproj. torch. torchvision. transformers. tensorflow. keras. jax. numba. prophet. arch. bs4.
    textblob. emcee. pymc.
"""
)
_PLOT_MODULES = ("matplotlib.pyplot.", "seaborn.", "pylab.", "matplotlib.pylab.", "mpl_toolkits.")
_OWN_FIGURE = frozenset({"figure", "subplots", "subplot_mosaic"})
_FIGURE_LEVEL = frozenset(
    {
        "relplot",
        "displot",
        "catplot",
        "lmplot",
        "pairplot",
        "jointplot",
        "clustermap",
        "FacetGrid",
        "PairGrid",
    }
)
_ENDING = frozenset({"show", "close", "clf"})
_PYPLOT_PURE = frozenset(
    {"get_cmap", "get_fignums", "ioff", "ion", "cm.get_cmap", "color_palette", "Normalize", "load_dataset"}
)
_PARAMETER_ONLY = frozenset(
    {"set", "set_style", "set_theme", "set_context", "set_palette", "rcParams.update"}
)


def seeds(path: str) -> str:
    """Give the global generator that a call seeds (``numpy``), ``all``, or an empty string."""
    if path in _SEEDING:
        return _SEEDING[path]
    return "all" if path.rpartition(".")[2] in _SEEDS_ALL else ""


def function_known(path: str, keywords: frozenset[str] = frozenset()) -> Known | None:
    """Tell what the function with the full name `path` does; None where no table knows it.

    `keywords` are the names of the arguments that the call gives by name.
    """
    if path in _BUILTINS:
        return _BUILTINS[path]
    if isinstance(getattr(builtins, path, None), type):
        # exceptions and the rarer types
        return Known("pure", "const", is_cheap=True)
    if path in {"io.BytesIO", "io.StringIO"}:
        return Known("pure", "buffer", is_cheap=True)
    known = _plotting(path) or _random(path, keywords) or _changing(path)
    if known is not None:
        return known
    gives = GIVEN_KINDS.get(path, "")
    last = path.rpartition(".")[2]
    is_cheap = path in _CHEAP or (path.startswith(_CHEAP_MODULES) and last != "sleep")
    if path.startswith("numpy."):
        name = path.partition(".")[2]
        if name in _NUMPY_MUTATING:
            return Known("mutates")
        kind = gives or (
            "number" if name in _NUMPY_NUMBER else "like-argument" if name in _ELEMENTWISE else "array"
        )
        return Known("pure", kind, shares=name in _NUMPY_SHARING, is_cheap=name in _NUMPY_SCALAR)
    if path in {"itertools.cycle", "itertools.chain", "itertools.product", "itertools.islice", "copy.copy"}:
        return Known("pure", gives, shares=True, is_cheap=True)
    if path.startswith("collections.") or last == "namedtuple":
        return Known("pure", gives or "dict", shares=True, is_cheap=True)
    if gives:
        return Known("pure", gives, is_cheap=is_cheap)
    if path in {"heapq.heappush", "heapq.heapify", "bisect.insort", "heapq.heappop", "random.shuffle"}:
        return Known("mutates", is_cheap=True)
    if is_cheap:
        return Known("pure", is_cheap=True)
    if path.startswith(_DEAR_PURE):
        if last[:1].isupper():
            return Known("pure", f"lib:{path}")
        if path.startswith("scipy.stats."):
            return Known("pure", "number")
        return Known("pure", "array" if path.startswith(("skimage.", "scipy.ndimage.", "cv2.")) else "")
    return None


def _plotting(path: str) -> Known | None:
    if not path.startswith(_PLOT_MODULES):
        return None
    name = path.removeprefix("matplotlib.pyplot.").rpartition(".")[2]
    if path in GLOBAL:
        return None
    if name in _OWN_FIGURE or name in _FIGURE_LEVEL:
        return Known("figure", "figure" if name == "figure" else "figure-axes")
    if name in _ENDING:
        return Known("shows", "none", detail=name)
    if name in {"savefig", "imsave"}:
        return Known("writes", "none", detail="0")
    if name in _PYPLOT_PURE or name in _PARAMETER_ONLY or name == "imread":
        return Known("pure", is_cheap=True)
    return Known("plots", "figure" if name == "gcf" else "axes" if name in {"gca", "subplot", "axes"} else "")


def _random(path: str, keywords: frozenset[str]) -> Known | None:
    module, _, name = path.rpartition(".")
    if seeds(path):
        return Known("pure", "none", is_cheap=True, detail="seeds")
    if name in {"shuffle", "permutation"} and module in {"random", "numpy.random"} and name == "shuffle":
        return Known("draws", "none", detail="random" if module == "random" else "numpy")
    if module in {"random", "numpy.random"} and name not in _NOT_DRAWING:
        generator = "random" if module == "random" else "numpy"
        scalar = (
            name in {"random", "randint", "uniform", "choice", "gauss", "randrange"} and module == "random"
        )
        gives = "number" if scalar else "array" if module != "random" else ""
        return Known("draws", gives, is_cheap=scalar, detail=generator)
    if module == "torch" and name in _TORCH_DRAWS:
        return Known("draws", "tensor", detail="torch")
    if module == "torch.nn" and name in _TORCH_RANDOM_START:
        return Known("draws", f"lib:{path}", detail="torch")
    if module in {"tensorflow.random", "tensorflow.keras.layers"}:
        return Known("draws", "", detail="tensorflow")
    if (
        path.startswith(("sklearn.", "umap."))
        and name in _RANDOM_ESTIMATORS
        and "random_state" not in keywords
    ):
        return Known("draws", f"lib:{path}" if name[:1].isupper() else "", detail="numpy")
    if path.startswith("scipy.stats.") and name == "rvs" and "random_state" not in keywords:
        return Known("draws", "array", detail="numpy")
    return None


def _changing(path: str) -> Known | None:
    if GLOBAL.get(path):
        return Known("global", detail=GLOBAL[path])
    if path in {"sys.exit", "os._exit"}:
        return Known("exits", "none")
    if path in _RUNNING:
        return Known("writes", detail="0")
    if path in _DRAWING_IN or path.startswith("torch.nn.init."):
        return Known("mutates", shares=True)
    if path in WRITES:
        return Known("writes", "none", detail=WRITES[path], is_cheap=path in _CHEAP_WRITES)
    if path in _HANDLES:
        return Known("handle", "handle", detail="0")
    if path in {"getpass.getpass", "ipdb.set_trace", "pdb.set_trace"} or path.startswith("ipywidgets."):
        return Known("asks")
    if path in {"tarfile.TarFile", "urllib.request.urlopen"}:
        return Known("pure", "handle")
    return None
