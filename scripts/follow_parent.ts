/**
 * Loaded before a script that the launcher starts. The launcher puts its child into a session of its own, so a
 * launcher that is killed outright (SIGKILL) can't take the child along; this ends the child then.
 */

import process from "node:process";
import { setInterval } from "node:timers";

const parent = process.ppid;

setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 1000).unref();
