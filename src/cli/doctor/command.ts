import { UsageError, type Command } from '../command.js';
import { DOCTOR_USAGE, DoctorUsageError, readArguments } from './arguments.js';
import { COLOURED, describeResults, PLAIN, resultsAsJson, tally } from './report.js';
import { runDoctor } from './run-doctor.js';

export const doctor: Command = {
  name: 'doctor',
  summary: 'checks the configuration, the servers and the running application',
  usage: DOCTOR_USAGE,
  async run({ args, terminal, env }) {
    const { file, isJson, application } = argumentsOf(args);
    const options = { path: file, env, cwd: process.cwd(), application };
    const results = await terminal.during('Checking', (tell) =>
      runDoctor({
        ...options,
        onCheck: (what) => {
          tell(`Checking ${what}`);
        },
      }),
    );
    const paint = terminal.hasColours ? COLOURED : PLAIN;
    terminal.print(isJson ? resultsAsJson(results) : describeResults(results, paint));
    return tally(results).fail > 0 ? 1 : 0;
  },
};

function argumentsOf(args: readonly string[]): ReturnType<typeof readArguments> {
  try {
    return readArguments(args);
  } catch (error) {
    if (error instanceof DoctorUsageError) throw new UsageError(error.message);
    throw error;
  }
}
