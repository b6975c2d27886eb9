#!/usr/bin/env node
import { runCommandLine } from './run-command-line.js';
import { Terminal } from './terminal.js';

// Who reads may leave: `rate-sync validate | head` is no fault.
process.stdout.on('error', () => undefined);

const terminal = new Terminal(process.stdout, process.stderr, process.env);
process.exitCode = await runCommandLine(process.argv.slice(2), terminal, process.env);
