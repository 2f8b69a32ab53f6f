// Loads jsii's kernel and the npm packages that synthesis needs, all given on stdin, for a snapshot of Node's memory:
//
//   node --snapshot-blob FILE --build-snapshot snapshot.js
//
// Node started with that snapshot has them at once, instead of reading, compiling and running two megabytes of JavaScript
// each time. It runs the script that it is given, as ever: ../bindings/runtime/jsii-runtime.js starts the kernel.
'use strict';
const fs = require('fs');
const module_ = require('module');
const path = require('path');
const { startupSnapshot } = require('v8');

const { program, packages } = JSON.parse(fs.readFileSync(0, 'utf8'));
const builtin = require;
const { openSync, readSync, closeSync, readFileSync } = fs;

// A listener for a signal cannot be part of a snapshot: those that packages add are added when Node starts.
const on = process.on;
const later = [];
process.on = process.addListener = function (event, listener) {
  if (!event.startsWith('SIG')) return on.call(this, event, listener);
  later.push([event, listener]);
  return this;
};

// evaluate runs a file as Node runs a module.
function evaluate(file, text, required) {
  const module = { exports: {} };
  const run = new Function('exports', 'require', 'module', '__filename', '__dirname', text);
  run.call(module.exports, module.exports, required, module, file, '');
  return module.exports;
}

const preloaded = {};
const used = {}; // by the program, which may have others than the snapshot
const preload = (name) => (preloaded[name] ??= evaluate(name, packages[name].script, required));
const required = (name) => used[name] ?? (name in packages ? preload(name) : builtin(name));
Object.keys(packages).forEach(preload);

// A package's script begins with a line that identifies the package. To read that line takes less time than to read and
// compare megabytes.
const firstLine = (text) => text.slice(0, text.indexOf('\n') + 1);
const names = Object.fromEntries(Object.entries(packages).map(([name, { script }]) => [firstLine(script), name]));
const longest = Math.max(...Object.keys(names).map((line) => line.length));
function packageOf(script) {
  const descriptor = openSync(script);
  const bytes = Buffer.alloc(longest);
  const length = readSync(descriptor, bytes, 0, longest, 0);
  closeSync(descriptor);
  return names[firstLine(bytes.latin1Slice(0, length))];
}

// describe returns jsii's description of a package. Of its types, each is parsed when it is asked for: a program uses few
// of them.
function describe(types) {
  const all = JSON.parse(types);
  const texts = Object.fromEntries(Object.entries(all.types).map(([name, type]) => [name, JSON.stringify(type)]));
  const parsed = {};
  const get = (_, name) => (parsed[name] ??= texts[name] && JSON.parse(texts[name]));
  return { ...all, types: new Proxy(texts, { get }) };
}
const descriptions = Object.fromEntries(Object.entries(packages).map(([name, { types }]) => [name, describe(types)]));
globalThis.jsiiDescription = (folder) => descriptions[packageOf(path.join(folder, 'lib', 'index.js'))];

for (const name in packages) packages[name] = undefined; // what was made of the texts is all that is needed

// createRequire gives jsii's kernel, which unpacks the packages that a program has, those from the snapshot. What differs
// from them, since the program was compiled before or after the snapshot was made, is loaded as if there were none.
function createRequire(folder) {
  const real = module_.createRequire(folder);
  let allDiffer = true;
  const require = (file) => {
    const same = packageOf(file);
    if (same) allDiffer = false;
    if (allDiffer) return real(file);
    return same ? (used[same] = preloaded[same]) : evaluate(file, readFileSync(file, 'utf8'), required);
  };
  return Object.assign(require, { resolve: real.resolve });
}

// The program's last part starts the kernel. Everything before it only defines its modules, which are loaded here.
const [definitions, start] = program.split('\nvar __webpack_exports__ = {};\n');
const modules = [...start.matchAll(/= (__webpack_require__\(\d+\);)/g)].map(([, load]) => load);
const reads = 'function loadAssemblyFromPath(directory, validate = true) {';
globalThis.jsiiKernel = evaluate('program.js', `${definitions.replace(reads, `${reads}
const description = jsiiDescription(directory);
if (description) return description;
`)}
${modules.join('\n')}
module.exports = () => {
var __webpack_exports__ = {};
${start}
};`, (name) => (name === 'module' ? { ...module_, createRequire } : builtin(name)));

process.on = process.addListener = on;

startupSnapshot.setDeserializeMainFunction(() => {
  process.chdir('.'); // Node and graceful-fs remember the folder in which the snapshot was made
  for (const [event, listener] of later) process.on(event, listener);
  module_.createRequire(process.argv[1])(process.argv[1]);
});
