// Loads jsii's kernel and the npm packages that synthesis needs, all given on stdin, for a snapshot of Node's memory:
//
//   node --snapshot-blob FILE --build-snapshot snapshot.js
//
// Node started with that snapshot has them at once, instead of reading, compiling and running two megabytes of JavaScript
// each time. It runs the script that it is given, as ever: ../bindings/runtime/jsii-runtime.js starts the kernel.
'use strict';
const fs = require('fs');
const module_ = require('module');
const { startupSnapshot } = require('v8');

const { program, packages } = JSON.parse(fs.readFileSync(0, 'utf8')); // packages: the text of each one, by its name
const builtin = require;

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
const preload = (name) => (preloaded[name] ??= evaluate(name, packages[name], required));
const required = (name) => used[name] ?? (packages[name] ? preload(name) : builtin(name));
Object.keys(packages).forEach(preload);

// createRequire gives jsii's kernel, which unpacks the packages that a program has, those from the snapshot. What differs
// from them, since the program was compiled before or after the snapshot was made, is loaded as if there were none.
function createRequire(folder) {
  const real = module_.createRequire(folder);
  let allDiffer = true;
  const require = (file) => {
    const text = fs.readFileSync(file, 'utf8');
    const same = Object.keys(packages).find((name) => packages[name] === text);
    if (same) allDiffer = false;
    if (allDiffer) return real(file);
    return same ? (used[same] = preloaded[same]) : evaluate(file, text, required);
  };
  return Object.assign(require, { resolve: real.resolve });
}

// The program's last part starts the kernel. Everything before it only defines its modules, which are loaded here.
const [definitions, start] = program.split('\nvar __webpack_exports__ = {};\n');
const modules = [...start.matchAll(/= (__webpack_require__\(\d+\);)/g)].map(([, load]) => load);
globalThis.jsiiKernel = evaluate('program.js', `${definitions}
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
