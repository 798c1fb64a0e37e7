// Runs a page of the book in Pyodide, away from the thread that shows the page.
//
// To the worker: {start: {runtime, book, page}} loads everything, {run: {given, profile, edited}} runs the page,
// {diagnose: {files, given}} diagnoses files of the reader's, which are read from where they are.
// From it: {kind: "progress" | "ready" | "failed" | …}, and what `runner.py` shows.

const PLACE = "/lib/python3.12/site-packages";
let ready = null;

self.onmessage = ({ data }) => {
  if (data.start) {
    ready = start(data.start).catch((error) => {
      post("failed", { line: String(error?.message ?? error).split("\n").pop() });
      return null;
    });
  } else if (data.run) {
    ready?.then((loaded) => loaded?.run(data.run));
  } else if (data.diagnose) {
    ready?.then((loaded) => loaded?.diagnose(data.diagnose));
  }
};

function post(kind, content) {
  self.postMessage({ kind, ...content });
}

/** Load the core, the packages and the page side by side; return what runs the page. */
async function start({ runtime, book, page }) {
  const began = performance.now();
  const about = await json(`${runtime}runtime.json`);
  const one = await json(`${book}${page}`);
  const told = progress(one.needs, about);
  const bundles = one.needs.map((name) => unzipped(`${runtime}${name}.bin.gz`, told));
  const snapshot = about.frozen ? unzipped(`${runtime}snapshot.bin.gz`, told) : null;
  const own = unzipped(`${book}w2s.bin.gz`, told);
  const { loadPyodide } = await import(`${runtime}pyodide.mjs`);
  const env = { HOME: "/home/pyodide", MPLCONFIGDIR: `${PLACE}/matplotlib-cache` };
  const options = { indexURL: runtime, env };
  if (snapshot) options._loadSnapshot = snapshot;  // the core is compiled while it arrives
  const pyodide = await loadPyodide(options);
  told.done("core", about.sizes.core);
  for (const bundle of [...bundles, own]) unpack(pyodide.FS, await bundle);
  post("progress", { words: "starting NumPy, SciPy and Matplotlib", fraction: 1 });
  await pyodide._api.loadDynlib(`${PLACE}/libopenblas.so`, true);
  const tell = (kind, message) => post(kind, JSON.parse(message));
  const made = pyodide.pyimport("press.live.assets.runner").Runner(tell);
  const versions = Object.fromEntries(
    one.needs.filter((name) => name !== "sklearn").map((name) => [name, about.versions[name]]));
  post("ready", { seconds: (performance.now() - began) / 1000, versions });
  return {
    run({ given, profile, edited }) {
      made.run(...[one, given].map((part) => pyodide.toPy(part)), profile, pyodide.toPy(edited));
    },
    diagnose({ files, given }) {
      try {
        const named = mounted(pyodide.FS, files);
        pyodide.pyimport("press.live.assets.diagnose_files").diagnose(pyodide.toPy({ ...given, ...named }), tell);
      } catch (error) {
        post("refused", { line: String(error?.message ?? error).trim().split("\n").pop() });
      }
    },
  };
}

/** Count what has arrived of everything that a page needs. */
function progress(needs, about) {
  const parts = ["core", ...(about.frozen ? ["snapshot"] : []), ...needs];
  const whole = parts.reduce((sum, name) => sum + about.sizes[name], 0);
  let arrived = 0;
  let said = 0;
  const told = (count) => {
    arrived += count;
    if (performance.now() - said > 200) {
      said = performance.now();
      const mega = (size) => (size / 1e6).toFixed(0);
      const words = `loading Python and its packages: ${mega(arrived)} of ${mega(whole)} MB`;
      post("progress", { words, fraction: Math.min(arrived / whole, 1) });
    }
  };
  told.done = (name, size) => told(size);
  return told;
}

async function fetched(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${address.split("/").pop()} is not on this site (${response.status})`);
  return response;
}
const json = async (address) => (await fetched(address)).json();

/** Fetch a gzip and return its content, telling how much has arrived. */
async function unzipped(address, told) {
  const counted = new TransformStream({
    transform(chunk, controller) { told(chunk.byteLength); controller.enqueue(chunk); },
  });
  const stream = (await fetched(address)).body.pipeThrough(counted)
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Write the files of a bundle: a line of names and sizes, then their bytes. */
function unpack(files, bundle) {
  const end = bundle.indexOf(10);
  const listed = JSON.parse(new TextDecoder().decode(bundle.subarray(0, end)));
  let at = end + 1;
  for (const [path, size] of listed) {
    write(files, `${PLACE}/${path}`, bundle.subarray(at, at + size));
    at += size;
  }
}

/** Let Python read files of the reader's under their own names; return the name of each part. */
function mounted(files, chosen) {
  const named = {};
  const there = new Map();
  for (const [part, file] of Object.entries(chosen)) {
    const other = there.get(file.name);
    if (other && (other.size !== file.size || other.lastModified !== file.lastModified)) {
      throw new Error(`w2s: two files are named ${file.name}: rename one`);
    }
    there.set(file.name, file);
    named[part] = file.name;
  }
  const place = `/home/files-${(count += 1)}`;  // a folder for each time: what was there stays closed
  files.mkdirTree(`${place}/of`);
  files.mount(files.filesystems.WORKERFS, { files: [...there.values()] }, `${place}/of`);
  for (const name of there.keys()) files.symlink(`${place}/of/${name}`, `${place}/${name}`);
  files.chdir(place);  // where the report can be written
  return named;
}
let count = 0;

const made = new Set();
function write(files, path, content) {
  const folder = path.slice(0, path.lastIndexOf("/"));
  if (!made.has(folder)) {
    files.mkdirTree(folder);
    made.add(folder);
  }
  files.writeFile(path, content, { canOwn: true });
}
