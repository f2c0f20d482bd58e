#!/usr/bin/env node
import { runCommand } from './run-command.js';

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  print: (text) => void process.stdout.write(text),
  tell: (text) => void process.stderr.write(text),
});
