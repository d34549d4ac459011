"""What methods do, by their name and, where it is known, the kind of their object."""

from __future__ import annotations

from jupyter_agilab.migrate.know.known import Known
from jupyter_agilab.migrate.know.words import words

MUTATING = frozenset(
    words(
        """
    append extend insert remove pop popitem clear sort reverse update setdefault add discard fill resize
    put itemset partition setflags appendleft popleft extendleft rotate intersection_update
    difference_update symmetric_difference_update subtract move_to_end fit partial_fit fit_transform
    fit_predict fit_generator fit_resample train_on_batch warm_start train step reset seed zero_grad
    backward load_state_dict load_weights compile learn observe register insert_one insert_many delete
    delete_one drop_table commit rollback push enqueue dequeue put_nowait send throw write writelines
    writerow writerows writeheader seek truncate readline readlines add_node add_edge add_nodes_from
    add_edges_from add_layer add_module add_patch remove_node remove_edge reset_state reset_states
    build_vocab fit_on_texts adapt shuffle set_state setstate advance tick move evolve integrate
    propagate accumulate increment decrement set_params set_value set_weights set_index_inplace
    set_option rewind next set
"""
    )
)
"""Methods that change their object."""

NEVER_MUTATING = frozenset(
    words(
        """
    copy deepcopy get keys values items index count find rfind split rsplit splitlines join strip lstrip
    rstrip replace lower upper title capitalize casefold startswith endswith format format_map encode
    decode zfill ljust rjust center isdigit isalpha isalnum isnumeric isspace islower isupper
    partition_by removeprefix removesuffix translate expandtabs swapcase hex mean sum std var min max
    median quantile mode prod cumsum cumprod cummax cummin abs round clip dot argmax argmin argsort
    astype tolist to_list to_numpy to_dict to_frame to_series item flatten ravel reshape transpose
    squeeze any all nonzero isnull isna notnull notna dropna fillna interpolate groupby agg aggregate
    apply applymap map transform merge join query filter head tail describe value_counts unique nunique
    sort_values sort_index reset_index set_index rename drop drop_duplicates duplicated pivot
    pivot_table melt stack unstack resample rolling expanding ewm shift diff pct_change corr cov
    corrwith rank sample assign pipe eq ne lt le gt ge sub mul div truediv floordiv mod pow where mask
    isin between xs sel isel iterrows itertuples iteritems get_group select with_columns collect lazy
    cast alias over len height width is_empty to_pandas to_polars to_arrow predict predict_proba
    predict_log_proba decision_function score inverse_transform kneighbors score_samples get_params
    get_feature_names get_feature_names_out summary forecast conf_int pdf cdf ppf sf logpdf isoformat
    strftime date time timestamp total_seconds weekday isocalendar dayofyear to_pydatetime normalize
    exists is_file is_dir glob rglob iterdir resolve absolute relative_to with_suffix with_name joinpath
    as_posix read_text read_bytes stat expanduser json raise_for_status cpu numpy detach size dim numel
    element_size nelement parameters named_parameters state_dict load toarray todense tocsr tocsc
    diagonal trace conj real imag conjugate find_all select_one get_text findall findAll search match
    fullmatch finditer group groups span start end most_common elements total intersection union
    difference issubset issuperset symmetric_difference isdisjoint nlargest nsmallest idxmax idxmin
    first last nth ngroup cumcount size is_monotonic_increasing idmax to_crs buffer intersects contains
    within distance area length bounds centroid overlay HasSubstructMatch GetSubstructMatch
    GetSubstructMatches GetNumAtoms GetNumBonds GetAtoms GetBonds to_string to_html to_markdown
    to_records to_timestamp to_period tz_localize tz_convert get_json get_string getparameters
"""
    )
)
"""Methods that leave their object as it is (``inplace=True`` apart)."""

SHARING = frozenset(
    words(
        """
    get setdefault values items keys ravel reshape transpose squeeze view swapaxes pop popitem get_group
    T flat diagonal real imag detach numpy cpu to head tail first last isel sel item_at parameters
    named_parameters state_dict to_numpy where
"""
    )
)
"""Methods whose value may share memory or elements with their object."""

CHEAP = frozenset(
    words(
        """
    append extend add update get keys values items index count find rfind split rsplit splitlines join
    strip lstrip rstrip replace lower upper title capitalize casefold startswith endswith format encode
    decode zfill ljust rjust center isdigit isalpha isalnum isnumeric isspace islower isupper
    removeprefix removesuffix translate copy tolist to_list item isoformat strftime date time timestamp
    total_seconds weekday with_suffix with_name joinpath as_posix exists is_file is_dir pop insert
    remove setdefault discard head tail group groups span start end iterrows itertuples most_common
    to_pydatetime droplevel reshape ravel flatten size iter_rows to_dict astype result gather results
    compute_chunk_sizes done droplevel first last iloc col when then lit otherwise alias set cast over
"""
    )
)

DEAR_WORDS = words(
    """
    fit predict train run solve simul comput evaluat score transform fetch download quer search execut
    request extract process optimi minimi sample fold model load open read writ sav request submit apply
    cluster build_and align render integrat estimat detect segment classif regress analy convert resampl
    interpol
"""
)

_WRITING = {
    **dict.fromkeys(
        words(
            """
    to_csv to_parquet to_excel to_json to_pickle to_hdf to_feather to_netcdf to_zarr to_file to_stata
    write_csv write_parquet write_json write_ipc writeto savefig save_weights save_model save_pretrained
    write_text write_bytes write_html write_image save_npz tofile extractall savemat to_raster
    to_feather to_orc to_xml serialize write_h5ad
"""
        ),
        "0",
    ),
    "to_sql": "0",
    "save": "0",
    "dump": "0",
    "unlink": "self",
    "mkdir": "self",
    "touch": "self",
}
_PLOTTING = frozenset(
    words(
        """
    plot scatter hist bar barh imshow contour contourf pcolormesh fill_between errorbar boxplot
    violinplot pie axhline axvline axvspan axhspan annotate text legend set_title set_xlabel set_ylabel
    set_xlim set_ylim set_xticks set_yticks set_xticklabels set_yticklabels set_axis_off tick_params
    grid set_aspect add_patch add_artist add_collection add_line colorbar suptitle tight_layout
    add_subplot add_axes subplots_adjust set_xscale set_yscale quiver streamplot hexbin hist2d stem step
    stackplot matshow spy table semilogx semilogy loglog fill axis margins autoscale invert_yaxis
    invert_xaxis twinx twiny inset_axes coastlines add_feature set_extent gridlines set_facecolor
    plot_surface plot_trisurf scatter3D plot3D add_trace update_layout set_ylabel set_zlabel label_outer
    autofmt_xdate cla clf clear set set_visible add_subplots
"""
    )
)
_TYPES_OF = {
    "strip lower upper title replace format join decode strftime isoformat read_text as_posix "
    "capitalize zfill "
    "lstrip rstrip getvalue": "str",
    "split rsplit splitlines tolist to_list iterdir findall find_all": "list",
    "startswith endswith exists is_file is_dir isdigit any all isnumeric isalpha equals": "bool",
    "index count find total_seconds nunique": "int",
    "with_suffix with_name joinpath resolve absolute expanduser": "path",
    "to_numpy predict predict_proba flatten ravel reshape argsort transform decision_function": "array",
    "groupby": "groupby",
    "to_frame reset_index sort_values merge dropna fillna pivot_table set_index describe drop_duplicates "
    "get_group with_columns to_pandas droplevel pivot melt assign query": "frame",
    "value_counts": "series",
    "read": "text",
    "iterrows": "rows",
    "itertuples iter_rows": "rows",
    "score item": "number",
    "to_dict json": "dict",
    "numpy toarray todense": "array",
}
_GIVES = {name: kind for names, kind in _TYPES_OF.items() for name in names.split()}
AGGREGATES = frozenset(
    words(
        """
    mean sum std var min max median quantile prod sem skew kurt mad
"""
    )
)
_FRAME_LIKE = frozenset({"frame", "series", "array", "groupby", "tensor", "xarray"})
_SCALAR_KINDS = frozenset({"str", "number", "int", "float", "bool", "path", "date", "text"})
_DRAWING = frozenset(
    words(
        """
    random rand randn randint normal uniform choice choices shuffle permutation standard_normal integers
    poisson binomial exponential gamma beta sample randrange gauss multivariate_normal lognormal
    permuted bytes multinomial
"""
    )
)


_READING_OPERATORS = frozenset(
    words(
        """
        __getitem__ __contains__ __len__ __str__ __repr__ __format__ __hash__ __bool__ __int__ __float__
        __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__
        __pow__ __matmul__ __neg__ __pos__ __abs__ __invert__ __and__ __or__ __xor__ __getattribute__
        __getattr__ __sizeof__ __dir__ __fspath__ __index__ __round__
        """
    )
)


def method_known(name: str, kind: str) -> Known | None:
    """Tell what method `name` of an object of kind `kind` does; None where only a guess is possible."""
    if name.startswith("__") and name.endswith("__"):
        # an operator that is called by its method's name; what a class of its own does then nobody knows
        return Known("pure" if name in _READING_OPERATORS else "mutates")
    known = _by_kind(name, kind)
    if known is not None:
        return known
    if name in _WRITING and kind not in {"dict", "list"}:
        return Known("writes", "none", detail=_WRITING[name])
    if name in MUTATING and not (name == "set" and kind in _FRAME_LIKE):
        return Known("mutates", _GIVES.get(name, ""), shares=name in SHARING, is_cheap=name in CHEAP)
    if name in NEVER_MUTATING:
        gives = _GIVES.get(name, "")
        if name in AGGREGATES:
            gives = (
                "series" if kind in {"frame", "groupby"} else "number" if kind in {"series", "array"} else ""
            )
            return Known("pure", gives, is_cheap=kind not in {"frame", "groupby", "xarray", "tensor"})
        return Known("pure", gives, shares=name in SHARING, is_cheap=name in CHEAP)
    return None


def _by_kind(name: str, kind: str) -> Known | None:
    if kind in {"axes", "figure"}:
        if name == "savefig":
            return Known("writes", "none", detail="0")
        pure = name.startswith("get_")
        return Known("pure", is_cheap=True) if pure else Known("plots", "axes" if "axes" in name else "")
    if kind == "rng":
        # a generator that is used moves on, whatever is drawn
        return Known("mutates", "number" if name != "shuffle" else "none", detail="rng")
    if kind in _SCALAR_KINDS:
        if kind == "path" and name in _WRITING:
            return Known("writes", "none", detail="self")
        if kind == "path" and name == "open":
            return Known("handle", "handle", detail="self")
        return Known("pure", _GIVES.get(name, ""), is_cheap=name in CHEAP)
    if kind in {"frame", "series", "groupby", "array", "xarray"}:
        if name in {"plot", "hist", "boxplot"} or name.startswith("plot_"):
            return Known("plots")
        if name in {"sort", "reverse"} and kind != "array":
            return Known("pure", kind)
        if name in {"pop", "insert", "update", "fill", "sort", "resize", "put", "itemset", "partition"}:
            return None if name not in MUTATING else Known("mutates", shares=True)
    if kind in {"handle", "iterator"}:
        return Known(
            "mutates", "text" if name.startswith("read") else "", is_cheap=name == "close", detail="handle"
        )
    return None


def plots(name: str) -> bool:
    """Tell whether `name` is a method that draws on axes."""
    return name in _PLOTTING


def draws(name: str) -> bool:
    """Tell whether `name` is what generators of random numbers call their draws."""
    return name in _DRAWING


def can_be_dear(name: str) -> bool:
    """Tell whether a method that no table holds sounds as if it could take long."""
    lowered = name.lower()
    if name in CHEAP or lowered.startswith(("get", "is_", "has_", "as_", "set_")):
        return False
    return any(word in lowered for word in DEAR_WORDS)
