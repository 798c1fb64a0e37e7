// Run by Node when a live site is built: byte code and a picture of the interpreter's memory, so that
// a browser neither compiles the packages nor starts Python from nothing.
//
//   node freeze.mjs CORE TREE SNAPSHOT
//
// CORE is the folder of Pyodide, TREE an unpacked site-packages, whose modules become byte code.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [core, tree, snapshot] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${core}/pyodide.mjs`));
const indexURL = `${core}/`;
const place = "/lib/python3.12/site-packages";

const compiler = await loadPyodide({ indexURL, env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" } });
compiler.FS.mkdirTree(place);
compiler.FS.mount(compiler.FS.filesystems.NODEFS, { root: tree }, place);
compiler.runPython(`
import os, py_compile, warnings
warnings.simplefilter("ignore")
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
for folder, _, files in os.walk("${place}"):
    for name in sorted(files):
        path = os.path.join(folder, name)
        if name.endswith(".py"):
            py_compile.compile(path, path + "c", dfile=path, doraise=True, invalidation_mode=unchecked)
            os.remove(path)
`);
// The list of fonts, which Matplotlib would otherwise write on its first import.
compiler.runPython(`
os.environ["MPLCONFIGDIR"] = "${place}/matplotlib-cache"
os.makedirs(os.environ["MPLCONFIGDIR"])
`);
await compiler._api.loadDynlib(`${place}/libopenblas.so`, true);
compiler.runPython("import logging; logging.disable(); import matplotlib.font_manager");

const pictured = await loadPyodide({
  indexURL, _makeSnapshot: true, env: { HOME: "/home/pyodide", MPLCONFIGDIR: `${place}/matplotlib-cache` },
});
pictured.runPython(`
import ast, base64, csv, contextlib, dataclasses, datetime, decimal, enum, fractions, functools, hashlib, html
import inspect, io, itertools, json, logging, math, numbers, operator, os, pathlib, pickle, platform, random
import re, shutil, statistics, string, struct, subprocess, tempfile, textwrap, threading, types, typing
import unittest, urllib.request, uuid, warnings, weakref, xml.sax.saxutils, zipfile
`);
writeFileSync(snapshot, pictured.makeMemorySnapshot());
process.exit(0);
