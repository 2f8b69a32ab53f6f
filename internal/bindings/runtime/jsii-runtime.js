// Runs jsii's kernel in this process, where jsii's own entry point (jsii-runtime-two.js here) starts a second one to keep
// what the kernel prints apart from what it answers: half of every call's time goes between the two. Here what it prints
// goes to stderr.
'use strict';
const fs = require('fs');

if (process.env.NODE_PRESERVE_SYMLINKS !== '1') {
  require('./jsii-runtime-two.js'); // which starts the second process with it: packages are linked to jsii's cache
} else {
  process.stdout.write = process.stderr.write.bind(process.stderr);
  // Where a token was made in JavaScript is of no use to a program in Go, and CDKTF asks for it at every token.
  Error.captureStackTrace = () => {};
  // For every value that crosses, jsii describes the type in a message that it then has no use for.
  const util = require('util');
  const { inspect } = util;
  util.inspect = Object.assign((value, ...options) => (options.length ? inspect(value, ...options) : String(value)), inspect);
  // When a test synthesizes a stack, CDKTF runs Terraform to learn its version. That takes longer than the synthesis, and
  // fails where no Terraform is on the PATH. Terraform itself compares its version with the stack's required_version.
  const processes = require('child_process');
  const { execSync } = processes;
  processes.execSync = (command, ...options) => (command === 'terraform version' ? 'Terraform v1.10.0' : execSync(command, ...options));
  // The kernel talks on descriptor 3, which in the second process is both ways.
  const { readSync, writeSync } = fs;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  fs.readSync = (fd, ...rest) => {
    for (;;) {
      try {
        return readSync(fd === 3 ? 0 : fd, ...rest);
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error; // nothing to read yet
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  };
  fs.writeSync = (fd, ...rest) => writeSync(fd === 3 ? 1 : fd, ...rest);
  // With a snapshot, the kernel is there already (internal/snapshot).
  if (globalThis.jsiiKernel) globalThis.jsiiKernel();
  else require('../lib/program.js');
}
