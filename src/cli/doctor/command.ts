import type { Command } from '../command.js';
import { DOCTOR_USAGE, readArguments } from './arguments.js';
import { printResults, resultsAsJson, tally } from './report.js';
import { runDoctor } from './run-doctor.js';

export const doctor: Command = {
  name: 'doctor',
  summary: 'checks the configuration, the servers and the running application',
  usage: DOCTOR_USAGE,
  async run({ args, terminal, env }) {
    const { file, isJson, application } = readArguments(args);
    const options = { path: file, env, cwd: process.cwd(), application };
    const results = await terminal.during('Checking', (report) =>
      runDoctor({
        ...options,
        onCheck: (check) => {
          report(`Checking ${check}`);
        },
      }),
    );
    if (isJson) terminal.print(resultsAsJson(results));
    else printResults(results, terminal);
    return tally(results).fail > 0 ? 1 : 0;
  },
};
