#!/usr/bin/env node
import { runCommandLine } from './run-command-line.js';
import { Terminal } from './terminal.js';

// A reader may close the pipe early: `rate-sync validate | head` is no error.
process.stdout.on('error', () => undefined);

const terminal = new Terminal(process.stdout, process.stderr, process.env);
process.exitCode = await runCommandLine(process.argv.slice(2), terminal, process.env);
